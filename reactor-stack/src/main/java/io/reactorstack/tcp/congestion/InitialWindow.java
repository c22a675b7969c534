package io.reactorstack.tcp.congestion;

/** Computes the initial congestion window (RFC 6928, RFC 3390). */
public final class InitialWindow {

  private InitialWindow() {}

  /**
   * Returns the upper bound of RFC 6928 section 2 in bytes, for {@code segments} instead of ten; at least one segment.
   */
  public static int of(int segments, int segmentSize) {
    return bound(segments, segmentSize, segments * 1460L);
  }

  /** Returns the upper bound of RFC 3390 section 1 in bytes: two to four segments. */
  public static int conservative(int segmentSize) {
    return bound(4, segmentSize, 4380);
  }

  private static int bound(int segments, int segmentSize, long bytes) {
    long least = Math.min((long) segments * segmentSize, Math.max(2L * segmentSize, bytes));
    return Math.clamp(least, segmentSize, Window.UNLIMITED);
  }
}
