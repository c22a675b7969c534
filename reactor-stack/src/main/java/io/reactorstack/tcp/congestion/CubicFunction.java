package io.reactorstack.tcp.congestion;

/**
 * The window of CUBIC over time, {@code W_cubic(t) = C (t - K)^3 + W_max} (RFC 9438 section 4.2), in bytes and
 * milliseconds. It uses integers only, so every platform computes the same values.
 */
final class CubicFunction {

  /** C = 0.4 segments/s^3 (RFC 9438 section 5.1) is 2/5e9 segments/ms^3, that is one in 2.5e9. */
  private static final long INVERSE_C = 2_500_000_000L;

  /**
   * Limit of {@code |t - K|} in milliseconds: (2e6 ms)^3 is less than 2^63, and half an hour after K any window is
   * unlimited.
   */
  private static final long FARTHEST = 2_000_000;

  private CubicFunction() {}

  /**
   * Returns W_cubic(t), at least 0 and at most {@link Window#UNLIMITED}.
   *
   * @param millis t since the epoch began
   * @param k K in milliseconds
   * @param wMax W_max in bytes
   */
  static long window(long millis, long k, int wMax, int smss) {
    long distance = Math.clamp(millis - k, -FARTHEST, FARTHEST);
    long cube = distance * distance * distance;
    // cube * smss / INVERSE_C without overflow of 64 bits; both summands have the sign of the cube.
    long change = cube / INVERSE_C * smss + cube % INVERSE_C * smss / INVERSE_C;
    return Math.clamp(wMax + change, 0, Window.UNLIMITED);
  }

  /**
   * Returns K in milliseconds, rounded down: the time in which the window grows from {@code cwndEpoch} to {@code wMax};
   * 0 if it is already there.
   */
  static long k(int wMax, int cwndEpoch, int smss) {
    return wMax <= cwndEpoch ? 0 : cubeRoot((wMax - cwndEpoch) * INVERSE_C / smss);
  }

  /** Returns the largest integer whose cube is at most {@code value}, which must not be negative. */
  static long cubeRoot(long value) {
    long root = 0;
    // The root of 2^63 - 1 has 21 bits.
    for (int bit = 20; bit >= 0; bit--) {
      long next = root | 1L << bit;
      if (next * next <= value / next) {
        root = next;
      }
    }
    return root;
  }
}
