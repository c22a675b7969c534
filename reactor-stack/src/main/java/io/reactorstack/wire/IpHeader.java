package io.reactorstack.wire;

import io.reactorstack.packet.IpAddress;

/** An IP header of either version, without what follows it in IPv6: the fields that both have. */
public sealed interface IpHeader permits Ipv4Header, Ipv6Header {

  /** The sender. */
  IpAddress source();

  /** The receiver. */
  IpAddress destination();

  /** DSCP and ECN bits (IPv4 TOS, IPv6 traffic class), 0 to 255. */
  int trafficClass();

  /** Hops that the packet may still make (IPv4 TTL), 0 to 255. */
  int hopLimit();

  /** Whether routers may not fragment the packet (IPv4 DF; always true for IPv6). */
  boolean dontFragment();

  /** Octets of the header; for IPv4 with its options. */
  int length();
}
