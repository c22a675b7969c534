package io.reactorstack.wire;

import io.reactorstack.packet.IpAddress;

/** The fields that the fixed headers of IPv4 and IPv6 share. Extension headers of IPv6 are not part of it. */
public sealed interface IpHeader permits Ipv4Header, Ipv6Header {

  /** The source address. */
  IpAddress source();

  /** The destination address. */
  IpAddress destination();

  /** The DSCP and ECN bits (IPv4 TOS, IPv6 traffic class), 0 to 255. */
  int trafficClass();

  /** The remaining hops (IPv4 TTL, IPv6 hop limit), 0 to 255. */
  int hopLimit();

  /** Returns whether routers must not fragment the packet (IPv4 DF; always true for IPv6). */
  boolean dontFragment();

  /** The length of the header in octets; for IPv4 with its options. */
  int length();
}
