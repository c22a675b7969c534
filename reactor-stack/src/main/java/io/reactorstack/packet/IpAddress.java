package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import io.reactorstack.setting.Checks;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * An IPv4 or IPv6 address as a value. {@link InetAddress} appears only at the boundary to Netty and the JDK.
 *
 * <p>An IPv6 address that is valid on one link only may have a zone, the name of the interface on that link, as in
 * {@code fe80::1%eth0} (RFC 4007 section 11). Two addresses are equal if their zones are equal too. Packets carry no
 * zones.
 *
 * <p>The order of addresses is the one of their octets as unsigned numbers, IPv4 before IPv6.
 */
public sealed interface IpAddress extends Comparable<IpAddress> permits Ipv4Address, Ipv6Address {

  /** The octets of the address, 4 or 16. */
  byte[] bytes();

  /** The number of bits of an address of this family: 32 or 128. */
  int bitLength();

  /** Returns whether this is the all-zero address. */
  boolean isUnspecified();

  /** Returns whether this is a multicast group: 224.0.0.0/4 or ff00::/8. */
  boolean isMulticast();

  /** Returns whether this is a loopback address: 127.0.0.0/8 or ::1. */
  boolean isLoopback();

  /** Returns whether this is a unicast address that is valid on one link only: 169.254.0.0/16 or fe80::/10. */
  boolean isLinkLocal();

  /** Returns the next higher address; after the highest one the lowest one. A zone remains. */
  IpAddress next();

  /** Returns the next lower address; before the lowest one the highest one. A zone remains. */
  IpAddress previous();

  /** Returns this address without its zone. */
  IpAddress withoutZone();

  /**
   * Returns the purpose of the address: that of the most specific block in the IANA registries of special-purpose
   * addresses that contains it, or {@link AddressClass#GLOBAL}.
   */
  default AddressClass addressClass() {
    return SpecialBlock.of(this).map(SpecialBlock::addressClass).orElse(AddressClass.GLOBAL);
  }

  /**
   * Returns whether packets to the address can leave the site, in the words of RFC 6890 "globally reachable"; false for
   * 6to4 and Teredo addresses, for which the registry does not say it. A group is global if its scope is: scope E for
   * IPv6; for IPv4 all but 224.0.0.0/24, 239.0.0.0/8 (RFC 2365).
   */
  default boolean isGlobal() {
    return switch (addressClass()) {
      case GLOBAL -> true;
      case MULTICAST -> isGlobalGroup();
      default -> SpecialBlock.of(this).map(SpecialBlock::globallyReachable).orElse(true);
    };
  }

  private boolean isGlobalGroup() {
    return switch (this) {
      case Ipv4Address v4 -> v4.bits() >>> 8 != 0xe0_0000 && v4.bits() >>> 24 != 239;
      case Ipv6Address v6 -> v6.groupScope() == Ipv6Address.GLOBAL_SCOPE;
    };
  }

  /** Returns whether the first {@code prefixLength} bits of both addresses are equal; false if the families differ. */
  boolean sharesPrefix(IpAddress other, int prefixLength);

  /** Writes the octets at {@code index}. */
  void set(ByteBuf buffer, int index);

  /** The sum of the address's 16-bit words, for a pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1). */
  long wordSum();

  /** Returns whether this is an IPv4 address. */
  default boolean isV4() { return this instanceof Ipv4Address; }

  /**
   * The length in octets of the IP header of packets between addresses of this family, without options or extension
   * headers: 20 or 40.
   */
  default int headerLength() {
    return isV4() ? 20 : 40;
  }

  /** Returns this address as the JDK's type. The index of a zone becomes the scope; a zone without index is left out. */
  default InetAddress toInetAddress() {
    return toInetAddress(null);
  }

  /** Like {@link #toInetAddress()}, with {@code hostName} as the name to which the address belongs. */
  default InetAddress toInetAddress(@Nullable String hostName) {
    try {
      return this instanceof Ipv6Address v6 && v6.zone() != null && v6.zone().index() > 0
          ? Inet6Address.getByAddress(hostName, bytes(), v6.zone().index())
          : InetAddress.getByAddress(hostName, bytes());
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 octets are always an address", e);
    }
  }

  /**
   * Converts the JDK's address. The JDK already turns an IPv4-mapped IPv6 address into an IPv4 address.
   *
   * <p>The scope of a link-local address or group becomes its zone: the number, as in {@code fe80::1%2}. A host resolves
   * it as the index of one of its own interfaces, never as one of the operating system. The JDK's scope of other
   * addresses has no meaning and is left out.
   */
  static IpAddress of(InetAddress address) {
    IpAddress converted = of(Checks.given("address", address).getAddress());
    return address instanceof Inet6Address scoped && scoped.getScopeId() > 0
        && converted instanceof Ipv6Address v6 && v6.mayHaveZone()
            ? v6.withZone(Ipv6Address.Zone.of(Integer.toString(scoped.getScopeId())))
            : converted;
  }

  /**
   * Returns the address with these octets.
   *
   * @throws IllegalArgumentException if the array has neither 4 nor 16 octets
   */
  static IpAddress of(byte[] octets) {
    return switch (Checks.given("octets", octets).length) {
      case 4 -> Ipv4Address.of(octets);
      case 16 -> Ipv6Address.of(octets);
      default -> throw new IllegalArgumentException("an IP address has 4 or 16 octets, not " + octets.length);
    };
  }

  /**
   * Returns whether {@code host} has the form of an address and is never taken for a name: it is empty, contains a
   * colon, or consists of digits and dots (RFC 1123 section 2.1). {@link #parse} may still reject it.
   */
  static boolean isLiteral(String host) {
    if (Checks.given("host", host).indexOf(':') >= 0) {
      return true;
    }
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c != '.' && (c < '0' || c > '9')) {
        return false;
      }
    }
    return true;
  }

  /**
   * Parses {@code 192.0.2.1}, {@code 2001:db8::1} or {@code fe80::1%eth0} without any name lookup.
   *
   * @throws IllegalArgumentException if the text is not an IP address, or an address with a zone that needs none
   */
  static IpAddress parse(String text) {
    int percent = Checks.given("IP address", text).indexOf('%');
    if (percent >= 0) {
      if (parse(text.substring(0, percent)) instanceof Ipv6Address v6) {
        return v6.withZone(Ipv6Address.Zone.of(text.substring(percent + 1)));
      }
      throw new IllegalArgumentException("an IPv4 address has no zone: '" + text + "'");
    }
    byte[] octets = NetUtil.createByteArrayFromIpAddressString(text);
    if (octets == null) {
      throw new IllegalArgumentException("not an IP address: '" + text + "'");
    }
    return of(octets);
  }
}
