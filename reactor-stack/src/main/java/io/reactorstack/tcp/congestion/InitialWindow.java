package io.reactorstack.tcp.congestion;

/** The congestion window a connection begins with. */
public final class InitialWindow {

  private InitialWindow() {}

  /** The upper bound of RFC 6928 section 2 in bytes, for {@code segments} instead of ten; at least one segment. */
  public static int of(int segments, int segmentSize) {
    long standard = Math.max(2L * segmentSize, segments * 1460L);
    return Math.clamp(Math.min((long) segments * segmentSize, standard), segmentSize, Window.UNLIMITED);
  }
}
