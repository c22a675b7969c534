package io.reactorstack.tcp.recovery;

/** Three duplicate acknowledgements mean a loss (RFC 5681 section 3.2). */
final class DuplicateAckDetection {

  private final int threshold;
  private int duplicates;

  DuplicateAckDetection(int threshold) {
    this.threshold = threshold;
  }

  /** Returns whether the earliest segment in flight is now taken for lost. */
  boolean onDuplicateAck() {
    if (duplicates > threshold) {
      return false;
    }
    duplicates++;
    return duplicates == threshold;
  }

  /** New data was acknowledged, or the retransmission timer expired. */
  void onProgress() {
    duplicates = 0;
  }

  int threshold() {
    return threshold;
  }

  boolean hasDuplicates() {
    return duplicates > 0;
  }

  /** Segments that may be sent beyond the congestion window meanwhile (limited transmit, RFC 3042). */
  int extraSegments() {
    return Math.min(duplicates, Math.min(threshold - 1, 2));
  }
}
