package io.reactorstack.icmp;

import io.reactorstack.setting.Checks;
import io.reactorstack.wire.Ipv4Options;
import java.time.Duration;
import java.util.HexFormat;

/**
 * The parameters of a ping. Immutable.
 *
 * @param count the number of probes, 1 to {@link #ENDLESS}
 * @param interval the time between two probes, 0 to 365 d; with zero the next probe follows the result of the last one
 * @param timeout the time to wait for the reply to each probe, 1 ms to 365 d
 * @param size the number of data octets, 0 to 65507
 * @param pattern the data as hexadecimal digits of 1 to 16 octets, which are repeated; empty for counting octets. The
 *     first eight octets of the data are random, if there is room, so that a reply cannot be forged
 * @param header the fields of the IP header
 */
public record PingOptions(
    int count, Duration interval, Duration timeout, int size, String pattern, Header header) {

  /** The count of a ping that ends only when it is cancelled. */
  public static final int ENDLESS = Integer.MAX_VALUE;

  private static final int LONGEST_PATTERN = 16;

  /**
   * The fields of the IP header of each probe.
   *
   * @param hopLimit the TTL or hop limit, 1 to 255; 0 for the host's default
   * @param trafficClass the DSCP and ECN bits, 0 to 255
   * @param dontFragment whether probes that exceed the path MTU fail and are not fragmented
   * @param options the IPv4 options, for example to record the route; ignored for IPv6
   */
  public record Header(int hopLimit, int trafficClass, boolean dontFragment, Ipv4Options options) {

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public Header {
      Checks.range("hopLimit", hopLimit, 0, 255, "hops");
      Checks.range("trafficClass", trafficClass, 0, 255, "(DSCP and ECN bits)");
      Checks.given("options", options);
    }
  }

  /**
   * One probe of 56 counting octets with the host's default hop limit; waits a second between probes and for each
   * reply. Long probes are fragmented.
   */
  public static final PingOptions DEFAULT = new PingOptions(1, Duration.ofSeconds(1), Duration.ofSeconds(1), 56, "",
      new Header(0, 0, false, Ipv4Options.NONE));

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of range
   */
  public PingOptions {
    Checks.range("count", count, 1, ENDLESS, "probes");
    Checks.zeroOrMore("interval", interval);
    Checks.positive("timeout", timeout);
    Checks.range("size", size, 0, 65507, "octets");
    Checks.given("pattern", pattern);
    Checks.given("header", header);
    Checks.range("octets of the pattern", parse(pattern).length, 0, LONGEST_PATTERN, "octets");
  }

  private static byte[] parse(String pattern) {
    try {
      return HexFormat.of().parseHex(pattern);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("pattern '" + pattern + "' is not in hexadecimal digits, two for each octet",
          e);
    }
  }

  /** Returns a copy with this number of probes. */
  public PingOptions count(int probes) {
    return new PingOptions(probes, interval, timeout, size, pattern, header);
  }

  /** Returns a copy with this time between probes. */
  public PingOptions interval(Duration pause) {
    return new PingOptions(count, pause, timeout, size, pattern, header);
  }

  /** Returns a copy with this time to wait for each reply. */
  public PingOptions timeout(Duration limit) {
    return new PingOptions(count, interval, limit, size, pattern, header);
  }

  /** Returns a copy with this number of data octets. */
  public PingOptions size(int octets) {
    return new PingOptions(count, interval, timeout, octets, pattern, header);
  }

  /** Returns a copy with this data, in hexadecimal digits. */
  public PingOptions pattern(String digits) {
    return new PingOptions(count, interval, timeout, size, digits, header);
  }

  /** Returns a copy with this TTL or hop limit. */
  public PingOptions hopLimit(int hops) {
    return with(new Header(hops, header.trafficClass, header.dontFragment, header.options));
  }

  /** Returns a copy with these DSCP and ECN bits. */
  public PingOptions trafficClass(int bits) {
    return with(new Header(header.hopLimit, bits, header.dontFragment, header.options));
  }

  /** Returns a copy whose probes may be fragmented or not. */
  public PingOptions dontFragment(boolean whole) {
    return with(new Header(header.hopLimit, header.trafficClass, whole, header.options));
  }

  /** Returns a copy with these IPv4 options. */
  public PingOptions options(Ipv4Options ipv4) {
    return with(new Header(header.hopLimit, header.trafficClass, header.dontFragment, ipv4));
  }

  private PingOptions with(Header changed) {
    return new PingOptions(count, interval, timeout, size, pattern, changed);
  }

  /** Returns the octet at {@code index} of the data, if it is not random. */
  byte octet(int index) {
    if (pattern.isEmpty()) {
      return (byte) index;
    }
    int at = index % (pattern.length() / 2) * 2;
    return (byte) HexFormat.fromHexDigits(pattern, at, at + 2);
  }
}
