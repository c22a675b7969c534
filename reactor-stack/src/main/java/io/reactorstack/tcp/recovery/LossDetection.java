package io.reactorstack.tcp.recovery;

/**
 * Decides from the scoreboard which segments in flight are lost, and marks them in the {@link RetransmissionQueue}.
 * {@link LossRecovery} decides what to send because of that.
 */
public interface LossDetection extends Deliveries {

  /** The value of {@link #deadline} when no timer is needed. */
  long NO_DEADLINE = Long.MAX_VALUE;

  /**
   * Processes an acknowledgement that the queue has processed.
   *
   * @param recovering whether losses are being repaired already
   * @return whether more segments were marked as lost
   */
  boolean onAck(AckReport ack, boolean recovering, long now);

  /** Handles the expiry of {@link #deadline}; returns whether more segments were marked as lost. */
  boolean onDeadline(boolean recovering, long now);

  /** Handles a retransmission timeout: marks the segments that count as lost because of it. */
  void onTimeout(long now);

  /** Notes that all losses have been repaired. */
  void onRecovered();

  /** The time at which more segments may count as lost, in nanoseconds, or {@link #NO_DEADLINE}. */
  long deadline();

  /** The number of segments by which the network is known to reorder; at least the duplicate threshold. */
  int reorderingDegree();

  /** The number of times that reordering was detected. */
  long reorderings();
}
