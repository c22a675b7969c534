package io.reactorstack.dns;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/** The limits of a resolver's cache; the setters of {@link DnsResolver} describe each. Immutable. */
record DnsCacheSettings(int size, Duration maxTtl, Duration maxNegativeTtl, Duration failureTtl) {

  /** RFC 2181 section 8: a TTL has 31 bits. */
  private static final Duration LONGEST_TTL = Duration.ofSeconds(Integer.MAX_VALUE);

  static final DnsCacheSettings DEFAULTS = new DnsCacheSettings(
      10_000,
      Duration.ofDays(7), // RFC 8767 section 4
      Duration.ofHours(3), // RFC 2308 section 5
      Duration.ofSeconds(5)); // RFC 9520 section 3.2

  DnsCacheSettings {
    Checks.range("cacheSize", size, 0, 1 << 24, "outcomes");
    Checks.range("cacheMaxTimeToLive", maxTtl, Duration.ZERO, LONGEST_TTL);
    Checks.range("cacheMaxNegativeTimeToLive", maxNegativeTtl, Duration.ZERO, LONGEST_TTL);
    // RFC 9520 section 3.2: a failure is cached for at least one second and at most five minutes.
    Checks.range("cacheFailureTimeToLive", failureTtl, Duration.ofSeconds(1), Duration.ofMinutes(5));
  }

  DnsCacheSettings size(int value) {
    return new DnsCacheSettings(value, maxTtl, maxNegativeTtl, failureTtl);
  }

  DnsCacheSettings maxTtl(Duration value) {
    return new DnsCacheSettings(size, value, maxNegativeTtl, failureTtl);
  }

  DnsCacheSettings maxNegativeTtl(Duration value) {
    return new DnsCacheSettings(size, maxTtl, value, failureTtl);
  }

  DnsCacheSettings failureTtl(Duration value) {
    return new DnsCacheSettings(size, maxTtl, maxNegativeTtl, value);
  }
}
