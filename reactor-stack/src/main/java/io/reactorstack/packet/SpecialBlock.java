package io.reactorstack.packet;

import static io.reactorstack.packet.AddressClass.BENCHMARKING;
import static io.reactorstack.packet.AddressClass.DISCARD;
import static io.reactorstack.packet.AddressClass.DOCUMENTATION;
import static io.reactorstack.packet.AddressClass.IPV4_TRANSLATION;
import static io.reactorstack.packet.AddressClass.PRIVATE;
import static io.reactorstack.packet.AddressClass.PROTOCOL;
import static io.reactorstack.packet.AddressClass.SIX_TO_FOUR;

import io.reactorstack.setting.Checks;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A block of addresses with a special purpose, as in the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC
 * 6890, RFC 8190), and the blocks of multicast.
 *
 * @param prefix the addresses
 * @param addressClass the purpose
 * @param source true if an address of the block may be the source of a packet
 * @param destination true if it may be the destination of a packet
 * @param forwardable true if a router may forward packets to or from it
 * @param globallyReachable true if routers of other sites may forward packets to it; false also where the registry says
 *     that this cannot be said
 */
public record SpecialBlock(
    IpPrefix prefix,
    AddressClass addressClass,
    boolean source,
    boolean destination,
    boolean forwardable,
    boolean globallyReachable) {

  /** All blocks, the most specific ones first. */
  public static final List<SpecialBlock> ALL = List.of(
      // The letters: S source, D destination, F forwardable, G globally reachable.
      block("0.0.0.0/8", AddressClass.THIS_NETWORK, "S"),
      block("0.0.0.0/32", AddressClass.UNSPECIFIED, "S"),
      block("10.0.0.0/8", PRIVATE, "SDF"),
      block("100.64.0.0/10", AddressClass.SHARED, "SDF"),
      block("127.0.0.0/8", AddressClass.LOOPBACK, ""),
      block("169.254.0.0/16", AddressClass.LINK_LOCAL, "SD"),
      block("172.16.0.0/12", PRIVATE, "SDF"),
      block("192.0.0.0/24", PROTOCOL, ""),
      block("192.0.0.0/29", PROTOCOL, "SDF"), // DS-Lite (RFC 7335)
      block("192.0.0.8/32", PROTOCOL, "S"), // the dummy address of RFC 7600
      block("192.0.0.9/32", PROTOCOL, "SDFG"), // Port Control Protocol anycast (RFC 7723)
      block("192.0.0.10/32", PROTOCOL, "SDFG"), // TURN anycast (RFC 8155)
      block("192.0.0.170/31", PROTOCOL, ""), // discovery of NAT64 (RFC 7050)
      block("192.0.2.0/24", DOCUMENTATION, ""),
      block("192.31.196.0/24", PROTOCOL, "SDFG"), // AS112 (RFC 7535)
      block("192.52.193.0/24", PROTOCOL, "SDFG"), // AMT (RFC 7450)
      block("192.88.99.0/24", SIX_TO_FOUR, ""),
      block("192.168.0.0/16", PRIVATE, "SDF"),
      block("192.175.48.0/24", PROTOCOL, "SDFG"), // AS112 (RFC 7534)
      block("198.18.0.0/15", BENCHMARKING, "SDF"),
      block("198.51.100.0/24", DOCUMENTATION, ""),
      block("203.0.113.0/24", DOCUMENTATION, ""),
      block("224.0.0.0/4", AddressClass.MULTICAST, "DF"),
      block("240.0.0.0/4", AddressClass.RESERVED, ""),
      block("255.255.255.255/32", AddressClass.BROADCAST, "D"),
      block("::1/128", AddressClass.LOOPBACK, ""),
      block("::/128", AddressClass.UNSPECIFIED, "S"),
      mapped(),
      block("64:ff9b::/96", IPV4_TRANSLATION, "SDFG"),
      block("64:ff9b:1::/48", IPV4_TRANSLATION, "SDF"),
      block("100::/64", DISCARD, "SDF"),
      block("100:0:0:1::/64", PROTOCOL, "S"), // the dummy prefix of RFC 9780
      block("2001::/23", PROTOCOL, ""),
      block("2001::/32", AddressClass.TEREDO, "SDF"),
      block("2001:1::1/128", PROTOCOL, "SDFG"), // Port Control Protocol anycast (RFC 7723)
      block("2001:1::2/128", PROTOCOL, "SDFG"), // TURN anycast (RFC 8155)
      block("2001:1::3/128", PROTOCOL, "SDFG"), // service registration by DNS-SD, anycast (RFC 9665)
      block("2001:2::/48", BENCHMARKING, "SDF"),
      block("2001:3::/32", PROTOCOL, "SDFG"), // AMT (RFC 7450)
      block("2001:4:112::/48", PROTOCOL, "SDFG"), // AS112 (RFC 7535)
      block("2001:10::/28", PROTOCOL, ""), // ORCHID, deprecated (RFC 4843)
      block("2001:20::/28", PROTOCOL, "SDFG"), // ORCHIDv2 (RFC 7343)
      block("2001:30::/28", PROTOCOL, "SDFG"), // drone remote identification (RFC 9374)
      block("2001:db8::/32", DOCUMENTATION, ""),
      block("2002::/16", SIX_TO_FOUR, "SDF"),
      block("2620:4f:8000::/48", PROTOCOL, "SDFG"), // AS112 (RFC 7534)
      block("3fff::/20", DOCUMENTATION, ""),
      block("5f00::/16", AddressClass.SEGMENT_IDENTIFIER, "SDF"),
      block("fc00::/7", AddressClass.UNIQUE_LOCAL, "SDF"),
      block("fe80::/10", AddressClass.LINK_LOCAL, "SD"),
      block("ff00::/8", AddressClass.MULTICAST, "DF"))
      .stream().sorted(Comparator.comparingInt((SpecialBlock each) -> -each.prefix.length())).toList();

  private static SpecialBlock block(String prefix, AddressClass addressClass, String letters) {
    return block(IpPrefix.parse(prefix), addressClass, letters);
  }

  /** ::ffff:0:0/96, whose text form the JDK and Netty take for an IPv4 address. */
  private static SpecialBlock mapped() {
    return block(new IpPrefix(new Ipv6Address(0, 0xffff_0000_0000L), 96), AddressClass.IPV4_MAPPED, "");
  }

  private static SpecialBlock block(IpPrefix prefix, AddressClass addressClass, String letters) {
    return new SpecialBlock(prefix, addressClass, letters.contains("S"), letters.contains("D"), letters.contains("F"),
        letters.contains("G"));
  }

  /** Returns the most specific block that contains {@code address}; empty if it has no special purpose. */
  public static Optional<SpecialBlock> of(IpAddress address) {
    Checks.given("address", address);
    for (SpecialBlock block : ALL) {
      if (block.prefix.contains(address)) {
        return Optional.of(block);
      }
    }
    return Optional.empty();
  }
}
