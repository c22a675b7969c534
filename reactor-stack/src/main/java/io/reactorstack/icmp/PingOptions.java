package io.reactorstack.icmp;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * The options of a ping. Immutable; each method returns a changed copy.
 *
 * @param count probes, 1 to 65535
 * @param interval time between the end of one probe and the next; zero to 365 d
 * @param timeout time to wait for each reply; 1 ms to 365 d
 * @param size data octets of a probe, 0 to 65507
 * @param hopLimit TTL or hop limit of the probes, 1 to 255
 * @param dontFragment whether probes that are longer than the path MTU fail and are not fragmented
 */
public record PingOptions(
    int count, Duration interval, Duration timeout, int size, int hopLimit, boolean dontFragment) {

  /**
   * One probe of 56 octets with a hop limit of 64; waits a second between probes and for each reply. Long probes are
   * fragmented.
   */
  public static final PingOptions DEFAULT = new PingOptions(1, Duration.ofSeconds(1), Duration.ofSeconds(1), 56, 64,
      false);

  /** Checks the ranges. */
  public PingOptions {
    Checks.range("count", count, 1, 0xffff, "probes");
    Checks.zeroOrMore("interval", interval);
    Checks.positive("timeout", timeout);
    Checks.range("size", size, 0, 65507, "octets");
    Checks.range("hopLimit", hopLimit, 1, 255, "hops");
  }

  /** Returns a copy with this number of probes. */
  public PingOptions count(int probes) {
    return new PingOptions(probes, interval, timeout, size, hopLimit, dontFragment);
  }

  /** Returns a copy with this time between probes. */
  public PingOptions interval(Duration pause) {
    return new PingOptions(count, pause, timeout, size, hopLimit, dontFragment);
  }

  /** Returns a copy with this time to wait for each reply. */
  public PingOptions timeout(Duration limit) {
    return new PingOptions(count, interval, limit, size, hopLimit, dontFragment);
  }

  /** Returns a copy with this number of data octets. */
  public PingOptions size(int octets) {
    return new PingOptions(count, interval, timeout, octets, hopLimit, dontFragment);
  }

  /** Returns a copy with this TTL or hop limit. */
  public PingOptions hopLimit(int hops) {
    return new PingOptions(count, interval, timeout, size, hops, dontFragment);
  }

  /** Returns a copy whose probes may be fragmented or not. */
  public PingOptions dontFragment(boolean whole) {
    return new PingOptions(count, interval, timeout, size, hopLimit, whole);
  }
}
