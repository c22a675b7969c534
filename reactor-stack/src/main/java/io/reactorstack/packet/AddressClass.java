package io.reactorstack.packet;

/**
 * The purposes of IP addresses, after the IANA registries of special-purpose addresses (RFC 6890, RFC 8190). An address
 * is in exactly one class; {@link SpecialBlock} has the blocks.
 */
public enum AddressClass {

  /** All addresses without a special purpose: 2000::/3 and all others too (RFC 4291 section 2.4). */
  GLOBAL,
  /** 0.0.0.0 and ::, "no address". */
  UNSPECIFIED,
  /** 0.0.0.0/8 except 0.0.0.0: hosts of this network (RFC 791 section 3.2). */
  THIS_NETWORK,
  /** 127.0.0.0/8 and ::1. */
  LOOPBACK,
  /** 169.254.0.0/16 (RFC 3927) and fe80::/10 (RFC 4291). */
  LINK_LOCAL,
  /** 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16 (RFC 1918). */
  PRIVATE,
  /** 100.64.0.0/10, between a provider and its customers (RFC 6598). */
  SHARED,
  /** fc00::/7 (RFC 4193). */
  UNIQUE_LOCAL,
  /** 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 (RFC 5737), 2001:db8::/32 (RFC 3849) and 3fff::/20 (RFC 9637). */
  DOCUMENTATION,
  /** 198.18.0.0/15 (RFC 2544) and 2001:2::/48 (RFC 5180). */
  BENCHMARKING,
  /** 192.0.0.0/24, 2001::/23 and single blocks that a protocol uses, such as anycast addresses of services. */
  PROTOCOL,
  /** 224.0.0.0/4 and ff00::/8. */
  MULTICAST,
  /** 255.255.255.255. */
  BROADCAST,
  /** 240.0.0.0/4 (RFC 1112 section 4). */
  RESERVED,
  /** ::ffff:0:0/96: an IPv4 address in the API of IPv6 sockets, never in a packet (RFC 4291 section 2.5.5.2). */
  IPV4_MAPPED,
  /** 64:ff9b::/96 (RFC 6052) and 64:ff9b:1::/48 (RFC 8215): IPv4 hosts behind a translator. */
  IPV4_TRANSLATION,
  /** 2001::/32 (RFC 4380). */
  TEREDO,
  /** 2002::/16 (RFC 3056), and the former anycast address of its relays, 192.88.99.0/24 (RFC 7526). */
  SIX_TO_FOUR,
  /** 100::/64: a router discards the packets (RFC 6666). */
  DISCARD,
  /** 5f00::/16: segment identifiers of SRv6 (RFC 9602). */
  SEGMENT_IDENTIFIER
}
