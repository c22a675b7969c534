package io.reactorstack.packet;

/**
 * Arithmetic modulo 2<sup>32</sup> on sequence numbers held in an {@code int} (RFC 9293 section 3.4).
 *
 * <p>A comparison is meaningful only for numbers less than 2<sup>31</sup> apart.
 */
public final class SequenceNumber {

  private SequenceNumber() {}

  /** Returns the signed distance from {@code from} to {@code to}: positive if {@code to} is later. */
  public static int distance(int from, int to) {
    return to - from;
  }

  /** Returns whether {@code a} comes before {@code b}. */
  public static boolean before(int a, int b) {
    return a - b < 0;
  }

  /** Returns whether {@code a} comes before {@code b} or is equal to it. */
  public static boolean beforeOrAt(int a, int b) {
    return a - b <= 0;
  }

  /** Returns whether {@code a} comes after {@code b}. */
  public static boolean after(int a, int b) {
    return a - b > 0;
  }

  /** Returns whether {@code a} comes after {@code b} or is equal to it. */
  public static boolean afterOrAt(int a, int b) {
    return a - b >= 0;
  }

  /** Returns the later of the two. */
  public static int later(int a, int b) {
    return a - b >= 0 ? a : b;
  }

  /** Returns the earlier of the two. */
  public static int earlier(int a, int b) {
    return a - b <= 0 ? a : b;
  }

  /** Returns whether {@code low <= n < high} in sequence order; an empty range contains nothing. */
  public static boolean inRange(int n, int low, int high) {
    return Integer.compareUnsigned(n - low, high - low) < 0;
  }

  /** Returns the text of {@code n} in traces: unsigned decimal. */
  public static String text(int n) {
    return Integer.toUnsignedString(n);
  }
}
