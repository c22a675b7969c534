package io.reactorstack.tcp.recovery;

import io.reactorstack.tcp.congestion.CongestionState;
import org.jspecify.annotations.Nullable;

/**
 * The reaction to losses: decides which lost segments are sent before new data, until every loss of a window is repaired.
 *
 * <p>The sender reports every acknowledgement, timeout and transmission. Recovery marks segments in the
 * {@link RetransmissionQueue} as lost and decides which of them are sent before new data. It proposes to the congestion
 * control how much may be in flight meanwhile; the congestion control decides.
 */
public interface LossRecovery {

  /**
   * Processes an acknowledgement that the queue has processed.
   *
   * @return whether the retransmission timer must be restarted
   */
  boolean onAck(AckReport ack, long now);

  /** Handles a retransmission timeout. */
  void onTimeout(int sndUna, int sndNxt, long now);

  /** Handles the expiry of {@link #deadline}. */
  void onDeadline(int sndUna, int sndNxt, long now);

  /**
   * Takes back a recovery that has just begun, because only a probe of the path MTU was lost, which is no sign of
   * congestion. The segment remains marked as lost (RFC 4821 section 7.6.2).
   */
  void onProbeLost(long now);

  /** Makes the earliest lost segment leave next, regardless of the congestion window. */
  void forceRetransmission();

  /** Reacts to a loss that was repaired by the tail loss probe that found it (RFC 8985 section 7.4). */
  void onLossRepaired(int flightSize, long now);

  /** Handles reneging: the peer no longer has data that it reported as received (RFC 2018 section 8). */
  void onReneged();

  /** Notes that {@code segment} is sent again. */
  void onRetransmission(SentSegment segment, long now);

  /** Notes that new data was sent; {@code flightSize} is SND.NXT - SND.UNA including it. */
  void onSent(int bytes, int flightSize);

  /** Returns whether the earliest lost segment must leave next, regardless of the congestion window. */
  boolean isRetransmissionForced();

  /**
   * The number of bytes of new data to send before any retransmission, regardless of the congestion window (RFC 5682);
   * usually 0.
   */
  int newDataFirst();

  /** Returns whether retransmissions must wait for the acknowledgement of new data (RFC 5682). */
  boolean isRetransmissionHeld();

  /**
   * Returns the segment to send again when none is known to be lost and no new data can be sent, or {@code null} (RFC
   * 6675 NextSeg).
   */
  @Nullable
  SentSegment speculative();

  /** The number of bytes that may be in flight, as {@link RetransmissionQueue#pipe} counts them. */
  int allowedFlight();

  /** Returns whether fast recovery is repairing losses. */
  boolean isRecovering();

  /** Returns whether retransmitting the earliest segment restarts the retransmission timer (RFC 6675 section 6). */
  boolean isTimerRestartedByRetransmission();

  /** The congestion state. */
  CongestionState state();

  /**
   * Returns whether the window was reduced since the last call. CWR announces each reduction to the peer once (RFC 3168
   * section 6.1.2).
   */
  boolean takeReduction();

  /** The time at which {@link #onDeadline} must be called, in nanoseconds, or {@link LossDetection#NO_DEADLINE}. */
  long deadline();

  /** The number of segments by which the network is known to reorder. */
  int reorderingDegree();

  /** The number of times that reordering was detected. */
  long reorderings();
}
