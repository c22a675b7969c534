package io.reactorstack.icmp;

import java.util.random.RandomGenerator;

/**
 * A rate limit: so many a second, and so many at once.
 *
 * <p>The burst is drawn anew, within a quarter, each time the bucket is full, so that nobody can count answers and learn
 * from the one that is missing what others have triggered (CVE-2020-25705).
 */
final class TokenBucket {

  private final long nanosPerToken;
  private final int burst;
  private final RandomGenerator random;
  private long fullAt;
  private int size;

  /** A bucket of {@code perSecond} tokens a second, full at {@code now}. */
  TokenBucket(int perSecond, int burst, RandomGenerator random, long now) {
    this.nanosPerToken = 1_000_000_000L / perSecond;
    this.burst = burst;
    this.random = random;
    this.fullAt = now;
    this.size = burst;
  }

  /** Takes a token, if there is one at {@code now}. */
  boolean take(long now) {
    if (fullAt - now <= 0) {
      fullAt = now;
      size = burst - random.nextInt(burst / 4 + 1);
    }
    if (fullAt - now > (size - 1) * nanosPerToken) {
      return false;
    }
    fullAt += nanosPerToken;
    return true;
  }
}
