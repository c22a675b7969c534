package io.reactorstack.ip;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Headroom;

/** The option that makes routers look at a packet which is not for them (RFC 2113, RFC 2711). */
public final class RouterAlert {

  /** The option of IPv4, whole. */
  static final int IPV4 = 0x9404_0000;

  /** Octets of the option of IPv4. */
  static final int IPV4_LENGTH = 4;

  private static final int IPV4_TYPE = 0x94;
  private static final int IPV6_TYPE = 5;
  private static final int HOP_BY_HOP_OPTIONS = 2;

  private RouterAlert() {}

  /** The protocol of an IPv6 packet whose payload {@link #prependIpv6} has put the option before. */
  public static final int IPV6_HEADER = Ipv6Chain.HOP_BY_HOP;

  /** Puts a header with nothing but this option and padding before {@code payload}, which is of protocol {@code nextHeader}. */
  public static void prependIpv6(ByteBuf payload, int nextHeader) {
    int at = Headroom.prepend(payload, 8);
    payload.setInt(at, nextHeader << 24 | IPV6_TYPE << 8 | 2);
    // Value 0, for MLD, and two octets of padding.
    payload.setInt(at + 4, 0x0000_0100);
  }

  /** Whether the header of a received packet has the option, with the value 0 that IGMP and MLD use. */
  public static boolean isIn(IpPacket packet) {
    ByteBuf bytes = packet.payload();
    int end = bytes.readerIndex();
    int start = end - packet.headerLength();
    if (packet.source().isV4()) {
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
