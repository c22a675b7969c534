package io.reactorstack.tcp.recovery;

/** Is notified of each segment that an acknowledgement shows as received. */
public interface Deliveries {

  /**
   * Processes {@code segment}, which the peer has received: it lies wholly below the acknowledgement number or in a
   * SACK block. Called in ascending order, once for each segment, before the queue removes or marks the segment.
   */
  void onDelivered(SentSegment segment);
}
