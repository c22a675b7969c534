package io.reactorstack.tcp.recovery;

import io.reactorstack.tcp.congestion.CongestionState;
import org.jspecify.annotations.Nullable;

/**
 * What is retransmitted until every loss of a window is repaired.
 *
 * <p>It is told of every acknowledgement, timeout and transmission; it marks segments in the {@link RetransmissionQueue} as lost
 * and says which of them to send before anything new. How much may be in flight meanwhile it proposes to the congestion control,
 * which decides.
 */
public interface LossRecovery {

  /**
   * An acknowledgement was processed, and the queue knows it.
   *
   * @return whether the retransmission timer is to be restarted
   */
  boolean onAck(AckReport ack, long now);

  /** The retransmission timer expired. */
  void onTimeout(int sndUna, int sndNxt, long now);

  /** {@link #deadline} has come. */
  void onDeadline(int sndUna, int sndNxt, long now);

  /**
   * The only segment lost was a probe of the path's MTU: what was just begun because of it is taken back, for that is no sign of
   * congestion; the segment stays lost (RFC 4821 section 7.6.2).
   */
  void onProbeLost(long now);

  /** The earliest lost segment is to be sent now, whatever the congestion window. */
  void forceRetransmission();

  /** A loss was repaired by the probe that found it (RFC 8985 section 7.4). */
  void onLossRepaired(int flightSize, long now);

  /** The peer has taken back what it reported as received (RFC 2018 section 8). */
  void onReneged();

  /** {@code segment} is sent again now. */
  void onRetransmission(SentSegment segment, long now);

  /** New data was sent; {@code flightSize} is SND.NXT - SND.UNA with it. */
  void onSent(int bytes, int flightSize);

  /** Whether the earliest lost segment is to be sent now, whatever the congestion window. */
  boolean isRetransmissionForced();

  /** Bytes of new data to be sent before any retransmission, whatever the congestion window (RFC 5682); 0 usually. */
  int newDataFirst();

  /** Whether retransmissions wait for the answer to new data (RFC 5682). */
  boolean isRetransmissionHeld();

  /** What to send again when nothing is known to be lost and no new data can be sent, or {@code null} (RFC 6675 NextSeg). */
  @Nullable
  SentSegment speculative();

  /** Bytes that may be in flight now, as {@link RetransmissionQueue#pipe} counts them. */
  int allowedFlight();

  /** Whether losses are being repaired by fast recovery. */
  boolean isRecovering();

  /** Whether retransmitting the earliest segment restarts the retransmission timer (RFC 6675 section 6). */
  boolean isTimerRestartedByRetransmission();

  /** How the network is seen. */
  CongestionState state();

  /** Whether the window was reduced since the last call: the peer is told once by CWR (RFC 3168 section 6.1.2). */
  boolean takeReduction();

  /** When {@link #onDeadline} is to be called, or {@link LossDetection#NO_DEADLINE}. */
  long deadline();

  /** Segments by which the network is known to reorder. */
  int reorderingDegree();

  /** How often reordering was seen. */
  long reorderings();
}
