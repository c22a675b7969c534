package io.reactorstack.tcp.congestion;

/**
 * How fast the window grows below the slow start threshold, and whether it has grown enough before anything was lost; one
 * for a connection, shared by the algorithms of congestion avoidance.
 */
public interface SlowStart {

  /** Makes the slow start of one connection. */
  @FunctionalInterface
  interface Factory {

    /** One that begins now; {@code paced} as in {@link CongestionControl.Factory#create}. */
    SlowStart create(boolean paced);
  }

  /**
   * An acknowledgement of new data arrived in slow start.
   *
   * @param sndUna after it
   * @param rtt the round-trip time that it measures in nanoseconds, or negative
   */
  void onRoundTrip(int sndUna, int sndNxt, long rtt);

  /** Bytes by which the window grows for {@code bytes} acknowledged. */
  int increase(int bytes, int segmentSize);

  /** Whether the window is large enough although nothing was lost: the threshold becomes the window. */
  boolean isFinished();

  /** The initial slow start is over: there was a reduction, or it has finished. Later ones are those of RFC 5681. */
  void onEnd();

  /** Puts a spuriously ended initial slow start on again. */
  void onSpurious();
}
