package io.reactorstack.tcp.engine;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * Behaviour that users do not need to set. Other stacks differ here, and test drivers that compare this stack with them
 * need their behaviour.
 *
 * @param keepAliveOctet whether keep-alive probes carry an octet of garbage, for peers that do not answer other probes
 *   (RFC 9293 MAY-6)
 * @param windowProbeOctet whether a closed window is probed with an octet of data (RFC 9293 MUST-36); if not, the probe
 *   has only an old sequence number, which draws an acknowledgement too and does not split the data
 * @param mtuSearchBase the packet size, in bytes with the IP header, that is assumed to pass whenever the path MTU is
 *   searched for; 68 to 65535, or 0 for 1024 over IPv4 and 1280 over IPv6 (initial search_low of RFC 4821 section 7.2)
 * @param minVariance lower limit of the variance term of the retransmission timeout, which is at least SRTT plus this;
 *   from the 1 ms of the timestamp clock (G of RFC 6298 section 2.3) to 60 s
 */
public record Quirks(boolean keepAliveOctet, boolean windowProbeOctet, int mtuSearchBase, Duration minVariance) {

  /** The behaviour for users. */
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

  /** Returns a copy with the given {@link #keepAliveOctet}. */
  public Quirks withKeepAliveOctet(boolean value) {
    return new Quirks(value, windowProbeOctet, mtuSearchBase, minVariance);
  }

  /** Returns a copy with the given {@link #windowProbeOctet}. */
  public Quirks withWindowProbeOctet(boolean value) {
    return new Quirks(keepAliveOctet, value, mtuSearchBase, minVariance);
  }

  /** Returns a copy with the given {@link #mtuSearchBase}. */
  public Quirks withMtuSearchBase(int value) {
    return new Quirks(keepAliveOctet, windowProbeOctet, value, minVariance);
  }

  /** Returns a copy with the given {@link #minVariance}. */
  public Quirks withMinVariance(Duration value) {
    return new Quirks(keepAliveOctet, windowProbeOctet, mtuSearchBase, value);
  }
}
