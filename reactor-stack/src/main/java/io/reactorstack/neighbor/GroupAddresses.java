package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;

/** The MAC addresses of multicast groups. They are computed from the group address and need no resolution. */
public final class GroupAddresses {

  private static final long IPV4_GROUPS = 0x0100_5e00_0000L;
  private static final long IPV6_GROUPS = 0x3333_0000_0000L;

  private GroupAddresses() {}

  /** Returns the MAC address of {@code group}: RFC 1112 section 6.4 for IPv4, RFC 2464 section 7 for IPv6. */
  public static MacAddress of(IpAddress group) {
    return switch (group) {
      case Ipv4Address v4 -> new MacAddress(IPV4_GROUPS | v4.bits() & 0x7f_ffff);
      case Ipv6Address v6 -> new MacAddress(IPV6_GROUPS | v6.low() & 0xffff_ffffL);
    };
  }
}
