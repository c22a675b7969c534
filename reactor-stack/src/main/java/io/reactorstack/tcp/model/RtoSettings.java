package io.reactorstack.tcp.model;

import java.time.Duration;

/**
 * How the retransmission timeout begins and within what bounds it stays (RFC 6298).
 *
 * @param initial its value before the first round-trip sample (RFC 6298 section 2.1)
 * @param min its floor
 * @param minVariance floor of the variance term: RTO is at least SRTT and this; at least the 1 ms of the
 *     timestamp clock (G of RFC 6298 section 2.3)
 * @param max its ceiling; at least 60 s (RFC 6298 section 2.5)
 */
public record RtoSettings(Duration initial, Duration min, Duration minVariance, Duration max) {

  static final RtoSettings DEFAULTS = new RtoSettings(Duration.ofSeconds(1), Duration.ofMillis(200),
      Duration.ofMillis(200), Duration.ofSeconds(120));

  /** These settings with another {@link #initial}. */
  public RtoSettings withInitial(Duration value) {
    return new RtoSettings(value, min, minVariance, max);
  }

  /** These settings with another {@link #min}. */
  public RtoSettings withMin(Duration value) {
    return new RtoSettings(initial, value, minVariance, max);
  }

  /** These settings with another {@link #minVariance}. */
  public RtoSettings withMinVariance(Duration value) {
    return new RtoSettings(initial, min, value, max);
  }

  /** These settings with another {@link #max}. */
  public RtoSettings withMax(Duration value) {
    return new RtoSettings(initial, min, minVariance, value);
  }
}
