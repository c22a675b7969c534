package io.reactorstack.tcp.congestion;

/**
 * A slow start algorithm: sets how fast the window grows below the slow start threshold, and may end slow start before
 * a loss. Each connection has its own; any congestion avoidance of this package can be combined with it.
 */
public interface SlowStart {

  /** Makes the slow start of one connection. */
  @FunctionalInterface
  interface Factory {

    /** Creates a slow start; {@code paced} is that of {@link CongestionControl.Start}. */
    SlowStart create(boolean paced);
  }

  /**
   * Called for each acknowledgement of new data, also outside slow start.
   *
   * @param sndUna SND.UNA after the acknowledgement
   * @param sndNxt SND.NXT
   * @param rtt the round-trip time that the acknowledgement measures, in nanoseconds, or negative if it measures none
   */
  void onRoundTrip(int sndUna, int sndNxt, long rtt);

  /** Returns the bytes by which the window grows in slow start when {@code bytes} are acknowledged. */
  int increase(int bytes, int segmentSize);

  /** Returns whether slow start is to end without a loss; the threshold then becomes the current window. */
  boolean isFinished();

  /**
   * Called at each reduction, and when slow start has finished without one: the initial slow start is over, and later
   * ones follow RFC 5681.
   */
  void onEnd();

  /** Called when the reduction that ended slow start has proved spurious: resumes the initial slow start. */
  void onSpurious();
}
