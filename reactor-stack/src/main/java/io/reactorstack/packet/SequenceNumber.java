package io.reactorstack.packet;

/**
 * Arithmetic modulo 2<sup>32</sup> on sequence numbers held in an {@code int} (RFC 9293 section 3.4).
 *
 * <p>A comparison is meaningful only for numbers less than 2<sup>31</sup> apart.
 */
public final class SequenceNumber {

  private SequenceNumber() {}

  /** The signed distance from {@code from} to {@code to}: positive if {@code to} is later. */
  public static int distance(int from, int to) {
    return to - from;
  }

  /** Whether {@code a} comes before {@code b}. */
  public static boolean before(int a, int b) {
    return a - b < 0;
  }

  /** Whether {@code a} comes before {@code b} or is equal to it. */
  public static boolean beforeOrAt(int a, int b) {
    return a - b <= 0;
  }

  /** Whether {@code a} comes after {@code b}. */
  public static boolean after(int a, int b) {
    return a - b > 0;
  }

  /** Whether {@code a} comes after {@code b} or is equal to it. */
  public static boolean afterOrAt(int a, int b) {
    return a - b >= 0;
  }

  /** The later of the two. */
  public static int later(int a, int b) {
    return a - b >= 0 ? a : b;
  }

  /** The earlier of the two. */
  public static int earlier(int a, int b) {
    return a - b <= 0 ? a : b;
  }

  /** Whether {@code low <= n < high}; an empty range holds nothing. */
  public static boolean inRange(int n, int low, int high) {
    return Integer.compareUnsigned(n - low, high - low) < 0;
  }

  /** {@code n} as it is written in a trace: unsigned decimal. */
  public static String text(int n) {
    return Integer.toUnsignedString(n);
  }
}
