package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import io.reactorstack.setting.Checks;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** An IPv4 or IPv6 address as a value. {@link InetAddress} appears only at the boundary to Netty and the JDK. */
public sealed interface IpAddress permits Ipv4Address, Ipv6Address {

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

  /** Returns this address as the JDK's type. */
  default InetAddress toInetAddress() {
    try {
      return InetAddress.getByAddress(bytes());
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 octets are always an address", e);
    }
  }

  /** Converts the JDK's address. The JDK already turns an IPv4-mapped IPv6 address into an IPv4 address. */
  static IpAddress of(InetAddress address) {
    return of(Checks.given("address", address).getAddress());
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
    return Checks.given("host", host).indexOf(':') >= 0
        || host.chars().allMatch(c -> c == '.' || c >= '0' && c <= '9');
  }

  /**
   * Parses {@code 192.0.2.1} or {@code 2001:db8::1} without any name lookup.
   *
   * @throws IllegalArgumentException if the text is not an IP address
   */
  static IpAddress parse(String text) {
    byte[] octets = NetUtil.createByteArrayFromIpAddressString(Checks.given("IP address", text));
    if (octets == null) {
      throw new IllegalArgumentException("not an IP address: '" + text + "'");
    }
    return of(octets);
  }
}
