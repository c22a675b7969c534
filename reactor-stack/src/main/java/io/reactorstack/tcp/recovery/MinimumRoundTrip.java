package io.reactorstack.tcp.recovery;

/**
 * The least round-trip time of the last minutes (RFC 8985 section 6.2). Older samples expire, so that the value follows
 * a path that becomes longer.
 */
final class MinimumRoundTrip {

  /** The length of a measuring span, in nanoseconds; the minimum covers one to two spans. */
  private static final long SPAN = 150_000_000_000L;

  private long since;
  private long current = Long.MAX_VALUE;
  private long previous = Long.MAX_VALUE;

  void onSample(long rtt, long now) {
    if (current == Long.MAX_VALUE) {
      since = now;
    } else if (now - since > SPAN) {
      previous = now - since > 2 * SPAN ? Long.MAX_VALUE : current;
      current = Long.MAX_VALUE;
      since = now;
    }
    current = Math.min(current, rtt);
  }

  boolean isKnown() {
    return current != Long.MAX_VALUE;
  }

  /** The minimum in nanoseconds; 0 before the first sample. */
  long value() {
    return isKnown() ? Math.min(current, previous) : 0;
  }
}
