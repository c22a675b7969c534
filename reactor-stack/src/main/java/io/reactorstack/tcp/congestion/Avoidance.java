package io.reactorstack.tcp.congestion;

/**
 * What the algorithms of the family of RFC 5681 differ in: how the window grows beyond slow start, and how far it falls.
 * {@link LossBasedControl} calls it and moves the window.
 */
interface Avoidance {

  /** Whether a window of {@code cwnd} grows by slow start. */
  boolean isSlowStart(int cwnd, int ssthresh);

  /** The window grows by slow start at present. */
  void onSlowStart();

  /** Slow start has ended at {@code cwnd} without a loss. */
  void onSlowStartEnd(int cwnd);

  /** The window was not in use until {@code now}: that time does not count. */
  void onUnused(long now);

  /** Bytes by which the window grows for {@code bytes} acknowledged. */
  long increase(int bytes, Window window, long srtt, long now);

  /** The window falls from {@code cwnd} for a sign of congestion. */
  void onReduction(int cwnd);

  /** The threshold after congestion with {@code flight} bytes in flight. */
  int reduced(int flight);

  /** The last reduction was unfounded; {@code restored} tells whether the window was below what it was before. */
  void onSpurious(boolean restored);

  /** The window has moved otherwise than by {@link #increase} and {@link #onReduction}. */
  void onMoved();
}
