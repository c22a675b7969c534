package io.reactorstack.dns.cache;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * The limits of a cache.
 *
 * @param weight the largest estimated size of all entries, in octets; 0 for no cache
 * @param maxTtl the longest time to live of records
 * @param maxNegativeTtl the longest time for which an absence is known
 * @param failureTtl the time for which a first failure is known; it doubles with each further one
 * @param maxStale the time for which records are kept after their end, to be used if they cannot be renewed; zero to use
 *     none
 */
public record CacheSettings(
    long weight, Duration maxTtl, Duration maxNegativeTtl, Duration failureTtl, Duration maxStale) {

  /** RFC 2181 section 8: a TTL has 31 bits. */
  private static final Duration LONGEST_TTL = Duration.ofSeconds(Integer.MAX_VALUE);

  /** The defaults: 16 MiB; no stale records. */
  public static final CacheSettings DEFAULTS = new CacheSettings(
      16 << 20,
      Duration.ofDays(7), // RFC 8767 section 4
      Duration.ofHours(3), // RFC 2308 section 5
      Duration.ofSeconds(5), // RFC 9520 section 3.2
      Duration.ZERO);

  /** Checks the ranges. */
  public CacheSettings {
    Checks.range("cacheSize", weight, 0, 1L << 36, "octets");
    Checks.range("cacheMaxTimeToLive", maxTtl, Duration.ZERO, LONGEST_TTL);
    Checks.range("cacheMaxNegativeTimeToLive", maxNegativeTtl, Duration.ZERO, LONGEST_TTL);
    // RFC 9520 section 3.2: a failure is cached for at least one second and at most five minutes.
    Checks.range("cacheFailureTimeToLive", failureTtl, Duration.ofSeconds(1), Duration.ofMinutes(5));
    Checks.range("serveStale", maxStale, Duration.ZERO, Duration.ofDays(30));
  }

  /** Returns a copy with another {@code weight}. */
  public CacheSettings weight(long value) {
    return new CacheSettings(value, maxTtl, maxNegativeTtl, failureTtl, maxStale);
  }

  /** Returns a copy with another {@code maxTtl}. */
  public CacheSettings maxTtl(Duration value) {
    return new CacheSettings(weight, value, maxNegativeTtl, failureTtl, maxStale);
  }

  /** Returns a copy with another {@code maxNegativeTtl}. */
  public CacheSettings maxNegativeTtl(Duration value) {
    return new CacheSettings(weight, maxTtl, value, failureTtl, maxStale);
  }

  /** Returns a copy with another {@code failureTtl}. */
  public CacheSettings failureTtl(Duration value) {
    return new CacheSettings(weight, maxTtl, maxNegativeTtl, value, maxStale);
  }

  /** Returns a copy with another {@code maxStale}. */
  public CacheSettings maxStale(Duration value) {
    return new CacheSettings(weight, maxTtl, maxNegativeTtl, failureTtl, value);
  }
}
