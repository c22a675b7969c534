package io.reactorstack.tcp.engine;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * Behaviour that no user needs to set: other stacks have it otherwise, and drivers that compare us with them ask for theirs.
 *
 * @param keepAliveOctet whether keep-alive probes carry an octet of garbage, for peers that answer no others (RFC 9293 MAY-6)
 * @param windowProbeOctet whether a closed window is probed with an octet of data (RFC 9293 MUST-36), or else with an old
 *     sequence number only, which draws an acknowledgement too and leaves the data together
 * @param mtuSearchBase packets of this size, in bytes with their IP header, are taken to pass wherever the path MTU is searched
 *     for; 68 to 65535, or 0 for 1024 over IPv4 and 1280 over IPv6 (initial search_low of RFC 4821 section 7.2)
 * @param minVariance floor of the variance term of the retransmission timeout: it is at least SRTT and this; from the 1 ms of the
 *     timestamp clock (G of RFC 6298 section 2.3) to 60 s
 */
public record Quirks(boolean keepAliveOctet, boolean windowProbeOctet, int mtuSearchBase, Duration minVariance) {

  /** What users have. */
  public static final Quirks NONE = new Quirks(false, true, 0, Duration.ofMillis(200));

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public Quirks {
    if (mtuSearchBase != 0) {
      Checks.range("mtuSearchBase", mtuSearchBase, 68, 0xffff, "bytes, or 0 for the default");
    }
    Checks.range("minVariance", minVariance, Duration.ofMillis(1), Duration.ofSeconds(60));
  }

  /** These quirks with another {@link #keepAliveOctet}. */
  public Quirks withKeepAliveOctet(boolean value) {
    return new Quirks(value, windowProbeOctet, mtuSearchBase, minVariance);
  }

  /** These quirks with another {@link #windowProbeOctet}. */
  public Quirks withWindowProbeOctet(boolean value) {
    return new Quirks(keepAliveOctet, value, mtuSearchBase, minVariance);
  }

  /** These quirks with another {@link #mtuSearchBase}. */
  public Quirks withMtuSearchBase(int value) {
    return new Quirks(keepAliveOctet, windowProbeOctet, value, minVariance);
  }

  /** These quirks with another {@link #minVariance}. */
  public Quirks withMinVariance(Duration value) {
    return new Quirks(keepAliveOctet, windowProbeOctet, mtuSearchBase, value);
  }
}
