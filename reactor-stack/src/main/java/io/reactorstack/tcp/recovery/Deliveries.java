package io.reactorstack.tcp.recovery;

/** Who wants to know of each segment that an acknowledgement shows as received. */
public interface Deliveries {

  /**
   * {@code segment} is now known to be received: it lies wholly below the acknowledgement number, or in a SACK block.
   * Called in ascending order, once for each segment, before the segment is forgotten or marked.
   */
  void onDelivered(SentSegment segment);
}
