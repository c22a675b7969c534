package io.reactorstack.tcp.congestion;

/**
 * The part in which the algorithms of the RFC 5681 family differ: the growth of the window in congestion avoidance, and
 * the size of a reduction. {@link LossBasedControl} calls it and changes the window accordingly. Sizes are in bytes,
 * times in nanoseconds.
 */
interface Avoidance {

  /** Returns whether a window of {@code cwnd} grows by slow start. */
  boolean isSlowStart(int cwnd, int ssthresh);

  /** Called for each acknowledgement by which the window grows in slow start. */
  void onSlowStart();

  /** Called when slow start has ended at {@code cwnd} without a loss. */
  void onSlowStartEnd(int cwnd);

  /** Called when the window was not in use until {@code now}: that time does not count for its growth. */
  void onUnused(long now);

  /** Returns the bytes by which the window grows when {@code bytes} are acknowledged. */
  long increase(int bytes, Window window, long srtt, long now);

  /** Called before a sign of congestion reduces the window from {@code cwnd}. */
  void onReduction(int cwnd);

  /** Returns the slow start threshold after congestion with {@code flight} bytes in flight, before any lower bound. */
  int reduced(int flight);

  /**
   * Called when the last reduction has proved spurious.
   *
   * @param restored whether the window was still smaller than before the reduction, and was restored
   */
  void onSpurious(boolean restored);

  /** Called when the window has changed by other means than {@link #increase} and {@link #onReduction}. */
  void onMoved();
}
