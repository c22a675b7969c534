package io.reactorstack.nat;

import io.reactorstack.wire.IpProtocol;
import org.jspecify.annotations.Nullable;

/** The protocols that are translated. Packets of other protocols do not pass from inside to outside. */
public enum NatProtocol {
  /** UDP, by ports (RFC 4787). */
  UDP(IpProtocol.UDP),
  /** TCP, by ports (RFC 5382). */
  TCP(IpProtocol.TCP),
  /** ICMP queries such as echo, by identifiers (RFC 5508 section 3). */
  ICMP(IpProtocol.ICMP);

  private final int number;

  NatProtocol(int number) {
    this.number = number;
  }

  /** The protocol number in an IPv4 header. */
  public int number() {
    return number;
  }

  /** Returns the protocol with this number, 0 to 255, or {@code null} if it is not translated. */
  public static @Nullable NatProtocol of(int number) {
    return switch (number) {
      case IpProtocol.UDP -> UDP;
      case IpProtocol.TCP -> TCP;
      case IpProtocol.ICMP -> ICMP;
      default -> null;
    };
  }
}
