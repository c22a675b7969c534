package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.engine.Deadlines.Kind;

/** When an acknowledgement is sent (RFC 9293 section 3.8.6.3, RFC 5681 section 4.2). */
final class AckPolicy {

  /** Several duplicates may be owed at a time; no honest window needs more of them. */
  static final int MAX_DUPLICATES = 64;

  /** A peer that only ever sends small segments is not acknowledged at every second of them. */
  private static final int LEAST_SEGMENT = 536;

  private final Deadlines deadlines;
  private final long delay;
  private final int segmentSize;
  private int largestSegment = LEAST_SEGMENT;
  private int unacknowledged;
  private boolean owed;
  private int duplicates;

  /**
   * A policy for a connection.
   *
   * @param delay longest delay of an acknowledgement, in nanoseconds
   * @param segmentSize the MSS that we announced
   */
  AckPolicy(Deadlines deadlines, long delay, int segmentSize) {
    this.deadlines = deadlines;
    this.segmentSize = segmentSize;
    this.delay = delay;
  }

  /** In-order data arrived: every second full-sized segment is acknowledged at once, the others a little later. */
  void onInOrder(int bytes, long now) {
    largestSegment = Math.clamp(bytes, largestSegment, Math.max(largestSegment, segmentSize));
    unacknowledged += bytes;
    if (unacknowledged >= 2 * largestSegment) {
      owed = true;
    } else if (!owed && !deadlines.isSet(Kind.DELAYED_ACK)) {
      deadlines.set(Kind.DELAYED_ACK, now + delay);
    }
  }

  /** A segment above a gap arrived: the sender counts the duplicates, so each is answered on its own. */
  void onOutOfOrder() {
    duplicates = Math.min(duplicates + 1, MAX_DUPLICATES);
  }

  /** An acknowledgement is due at once; a gap was filled, a FIN arrived, a delay has ended. */
  void onDue() {
    owed = true;
  }

  /** The stream has moved on: acknowledgements of its former end would say nothing new. */
  void onAdvanced() {
    if (duplicates > 0) {
      duplicates = 0;
      owed = true;
    }
  }

  /** Whether a segment without data must be sent, because one with data would not count as a duplicate. */
  boolean isDuplicateDue() {
    return duplicates > 0;
  }

  /** The size of the peer's full segments, as far as they were seen. */
  int receiveMss() {
    return largestSegment;
  }

  boolean isDue() {
    return owed || duplicates > 0;
  }

  /** A segment with the newest acknowledgement goes out. */
  void onSent(boolean pure) {
    if (pure && duplicates > 0) {
      duplicates--;
    }
    owed = false;
    unacknowledged = 0;
    deadlines.clear(Kind.DELAYED_ACK);
  }
}
