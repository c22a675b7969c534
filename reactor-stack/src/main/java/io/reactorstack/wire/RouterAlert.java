package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Headroom;

/** The option that makes routers look at a packet which is not for them (RFC 2113, RFC 2711). */
public final class RouterAlert {

  /** Octets of the option of IPv4. */
  public static final int IPV4_LENGTH = 4;

  /** Octets of the extension header of IPv6 that holds the option. */
  public static final int IPV6_LENGTH = 8;

  private static final int IPV4_OPTION = 0x9404_0000;

  private static final int IPV4_TYPE = 0x94;
  private static final int IPV6_TYPE = 5;
  private static final int HOP_BY_HOP_OPTIONS = 2;

  private RouterAlert() {}

  /** Puts the option in front of what {@code bytes} holds: other options of the same IPv4 header, or the payload. */
  public static void writeIpv4(ByteBuf bytes) {
    bytes.setInt(Headroom.prepend(bytes, IPV4_LENGTH), IPV4_OPTION);
  }

  /**
   * Puts hop-by-hop options with nothing but this option and padding in front of what {@code bytes} holds; the next header of the
   * packet is {@link Ipv6Chain#HOP_BY_HOP}.
   *
   * @param nextHeader the protocol of what {@code bytes} holds
   */
  public static void writeIpv6(ByteBuf bytes, int nextHeader) {
    int at = Headroom.prepend(bytes, IPV6_LENGTH);
    bytes.setInt(at, nextHeader << 24 | IPV6_TYPE << 8 | 2);
    // Value 0, for MLD, and two octets of padding.
    bytes.setInt(at + 4, 0x0000_0100);
  }

  /**
   * Whether a received IP header has the option, with the value 0 that IGMP and MLD use.
   *
   * @param bytes holds the packet, with its reader index behind the header
   * @param headerLength octets of the header, with options or extension headers
   */
  public static boolean isIn(ByteBuf bytes, int headerLength) {
    int end = bytes.readerIndex();
    int start = end - headerLength;
    if (bytes.getUnsignedByte(start) >>> 4 == 4) {
      return contains(bytes, start + Ipv4Header.MINIMUM, end, true);
    }
    int first = start + Ipv6Header.LENGTH;
    if (bytes.getUnsignedByte(start + Ipv6Header.NEXT_HEADER) != Ipv6Chain.HOP_BY_HOP || first + 8 > end) {
      return false;
    }
    int length = 8 + bytes.getUnsignedByte(first + 1) * 8;
    return contains(bytes, first + HOP_BY_HOP_OPTIONS, Math.min(first + length, end), false);
  }

  private static boolean contains(ByteBuf bytes, int from, int end, boolean v4) {
    int at = from;
    while (at < end) {
      int type = bytes.getUnsignedByte(at);
      // IPv4 has an end of options and an option of one octet, IPv6 a padding of one octet.
      if (v4 && type == 0) {
        return false;
      }
      if (type == (v4 ? 1 : 0)) {
        at++;
        continue;
      }
      int length = length(bytes, at, end, v4);
      if (length == 0) {
        return false;
      }
      if (type == (v4 ? IPV4_TYPE : IPV6_TYPE) && length == 4 && bytes.getShort(at + 2) == 0) {
        return true;
      }
      at += length;
    }
    return false;
  }

  /** Octets of the option at {@code at} with its type, or 0 if it cannot be. */
  private static int length(ByteBuf bytes, int at, int end, boolean v4) {
    if (at + 2 > end) {
      return 0;
    }
    // The length of IPv4 counts the whole option, that of IPv6 what follows it.
    int length = bytes.getUnsignedByte(at + 1) + (v4 ? 0 : 2);
    return length >= 2 && at + length <= end ? length : 0;
  }
}
