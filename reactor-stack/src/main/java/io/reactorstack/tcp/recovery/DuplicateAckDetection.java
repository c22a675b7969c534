package io.reactorstack.tcp.recovery;

/** Detects a loss by duplicate acknowledgements, usually three (RFC 5681 section 3.2). */
final class DuplicateAckDetection {

  private final int threshold;
  private int duplicates;

  DuplicateAckDetection(int threshold) {
    this.threshold = threshold;
  }

  /**
   * Counts a duplicate acknowledgement; returns whether the earliest segment in flight counts as lost because of it.
   */
  boolean onDuplicateAck() {
    if (duplicates > threshold) {
      return false;
    }
    duplicates++;
    return duplicates == threshold;
  }

  /** Resets the count: new data was acknowledged, or the retransmission timer expired. */
  void onProgress() {
    duplicates = 0;
  }

  int threshold() {
    return threshold;
  }

  boolean hasDuplicates() {
    return duplicates > 0;
  }

  /**
   * The number of segments that may be sent beyond the congestion window after duplicates (limited transmit, RFC 3042).
   */
  int extraSegments() {
    return Math.min(duplicates, Math.min(threshold - 1, 2));
  }
}
