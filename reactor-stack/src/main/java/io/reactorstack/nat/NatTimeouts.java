package io.reactorstack.nat;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * The times after which idle sessions end; a mapping ends with its last session. Immutable: each {@code with} method
 * returns a changed copy.
 *
 * @param udp the time without a packet from inside; 2 min to 365 d (RFC 4787 REQ-5)
 * @param icmp the same for ICMP queries; 60 s to 365 d (RFC 5508 REQ-2)
 * @param tcpOpening the time without a packet before the handshake is complete; 1 s to 365 d. Less than 4 min is only for
 *     protection against floods (RFC 7857 section 2.1)
 * @param tcpEstablished the time without a packet of an established connection; 2 h 4 min to 365 d (RFC 5382 REQ-5)
 * @param tcpClosing the time without a packet after both ends have closed, or after a reset; 4 min to 365 d (RFC 5382
 *     REQ-5)
 */
public record NatTimeouts(
    Duration udp, Duration icmp, Duration tcpOpening, Duration tcpEstablished, Duration tcpClosing) {

  private static final Duration LEAST_UDP = Duration.ofMinutes(2);
  private static final Duration LEAST_ICMP = Duration.ofSeconds(60);
  private static final Duration LEAST_OPENING = Duration.ofSeconds(1);
  private static final Duration LEAST_TRANSITORY = Duration.ofMinutes(4);
  /** Two hours until the first keep-alive of TCP, and the transitory timeout for its answer. */
  private static final Duration LEAST_ESTABLISHED = Duration.ofHours(2).plusMinutes(4);

  /** 5 min for UDP, 60 s for ICMP, and for TCP 4 min, 2 h 4 min and 4 min. */
  public static final NatTimeouts DEFAULT = new NatTimeouts(
      Duration.ofMinutes(5), LEAST_ICMP, LEAST_TRANSITORY, LEAST_ESTABLISHED, LEAST_TRANSITORY);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public NatTimeouts {
    Checks.range("udp", udp, LEAST_UDP, Checks.LONGEST);
    Checks.range("icmp", icmp, LEAST_ICMP, Checks.LONGEST);
    Checks.range("tcpOpening", tcpOpening, LEAST_OPENING, Checks.LONGEST);
    Checks.range("tcpEstablished", tcpEstablished, LEAST_ESTABLISHED, Checks.LONGEST);
    Checks.range("tcpClosing", tcpClosing, LEAST_TRANSITORY, Checks.LONGEST);
  }

  /** Sets the timeout of UDP sessions; 2 min to 365 d. */
  public NatTimeouts withUdp(Duration time) {
    return new NatTimeouts(time, icmp, tcpOpening, tcpEstablished, tcpClosing);
  }

  /** Sets the timeout of ICMP query sessions; 60 s to 365 d. */
  public NatTimeouts withIcmp(Duration time) {
    return new NatTimeouts(udp, time, tcpOpening, tcpEstablished, tcpClosing);
  }

  /** Sets the timeout of TCP connections whose handshake is not complete; 1 s to 365 d. */
  public NatTimeouts withTcpOpening(Duration time) {
    return new NatTimeouts(udp, icmp, time, tcpEstablished, tcpClosing);
  }

  /** Sets the timeout of established TCP connections; 2 h 4 min to 365 d. */
  public NatTimeouts withTcpEstablished(Duration time) {
    return new NatTimeouts(udp, icmp, tcpOpening, time, tcpClosing);
  }

  /** Sets the timeout of closed and reset TCP connections; 4 min to 365 d. */
  public NatTimeouts withTcpClosing(Duration time) {
    return new NatTimeouts(udp, icmp, tcpOpening, tcpEstablished, time);
  }
}
