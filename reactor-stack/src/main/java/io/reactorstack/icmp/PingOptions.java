package io.reactorstack.icmp;

import java.time.Duration;

/**
 * How to ping; immutable, each method returns changed options.
 *
 * @param count probes, 1 to 65535
 * @param interval time between the end of one probe and the next
 * @param timeout time to wait for each reply; more than zero
 * @param size data octets of a probe, 0 to 65507
 * @param hopLimit TTL of the probes, 1 to 255
 */
public record PingOptions(int count, Duration interval, Duration timeout, int size, int hopLimit) {

  /** One probe of 56 octets with a hop limit of 64; waits a second between probes and for each reply. */
  public static final PingOptions DEFAULT = new PingOptions(1, Duration.ofSeconds(1), Duration.ofSeconds(1), 56, 64);

  /** Checks the ranges. */
  public PingOptions {
    if (count < 1 || count > 0xffff) {
      throw new IllegalArgumentException("count " + count + " is not in 1..65535");
    }
    if (size < 0 || size > 65507) {
      throw new IllegalArgumentException("size " + size + " is not in 0..65507");
    }
    if (hopLimit < 1 || hopLimit > 255) {
      throw new IllegalArgumentException("hop limit " + hopLimit + " is not in 1..255");
    }
    if (interval.isNegative() || timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("interval " + interval + ", timeout " + timeout);
    }
  }

  /** With {@code probes} probes. */
  public PingOptions count(int probes) {
    return new PingOptions(probes, interval, timeout, size, hopLimit);
  }

  /** With {@code pause} between probes. */
  public PingOptions interval(Duration pause) {
    return new PingOptions(count, pause, timeout, size, hopLimit);
  }

  /** Waiting {@code limit} for each reply. */
  public PingOptions timeout(Duration limit) {
    return new PingOptions(count, interval, limit, size, hopLimit);
  }

  /** With {@code octets} of data. */
  public PingOptions size(int octets) {
    return new PingOptions(count, interval, timeout, octets, hopLimit);
  }

  /** With a TTL of {@code hops}. */
  public PingOptions hopLimit(int hops) {
    return new PingOptions(count, interval, timeout, size, hops);
  }
}
