package io.reactorstack.tcp.recovery;

/**
 * Decides from the scoreboard when a segment in flight is lost, and marks it in the {@link RetransmissionQueue}; what to do
 * about it is {@link LossRecovery}'s.
 */
public interface LossDetection extends Deliveries {

  /** {@link #deadline} of a detection that waits for nothing. */
  long NO_DEADLINE = Long.MAX_VALUE;

  /**
   * An acknowledgement was processed.
   *
   * @param recovering whether losses are being repaired already
   * @return whether something more is lost
   */
  boolean onAck(AckReport ack, boolean recovering, long now);

  /** {@link #deadline} has come; returns whether something more is lost. */
  boolean onDeadline(boolean recovering, long now);

  /** The retransmission timer expired: marks what is lost by that. */
  void onTimeout(long now);

  /** All that was lost has been repaired. */
  void onRecovered();

  /** Until when to wait before more may be taken for lost, in nanoseconds. */
  long deadline();

  /** Segments by which the network is known to reorder; at least the duplicate threshold. */
  int reorderingDegree();

  /** How often reordering was seen. */
  long reorderings();
}
