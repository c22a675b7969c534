package io.reactorstack.icmp;

import java.util.random.RandomGenerator;

/**
 * A token bucket: limits a rate and a burst.
 *
 * <p>The burst size is chosen at random, up to a quarter smaller, each time the bucket is full. Otherwise an attacker
 * could count the responses to its own packets and infer from a missing one that packets of another host have caused
 * one (CVE-2020-25705).
 */
final class TokenBucket {

  private final long nanosPerToken;
  private final int burst;
  private final RandomGenerator random;
  private long fullAt;
  private int size;

  /** Creates a bucket that refills at {@code rate} and is full at {@code now}. */
  TokenBucket(IcmpSettings.Rate rate, RandomGenerator random, long now) {
    this.nanosPerToken = 1_000_000_000L / rate.perSecond();
    this.burst = rate.burst();
    this.random = random;
    this.fullAt = now;
    this.size = rate.burst();
  }

  /** Takes a token; returns {@code false} if there is none at {@code now}. */
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
