package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Headroom;

/**
 * The hop-by-hop option of IPv6 that makes routers look at a packet which is not for them (RFC 2711); that of IPv4 is {@link
 * Ipv4Options#ROUTER_ALERT}.
 */
public final class RouterAlert {

  /** Octets of the extension header of IPv6 that holds the option. */
  public static final int IPV6_LENGTH = 8;

  private static final int IPV6_TYPE = 5;
  private static final int HOP_BY_HOP_OPTIONS = 2;
  private static final int PAD1 = 0;

  private RouterAlert() {}

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
   * Whether a received IPv6 packet has the option, with the value 0 that MLD uses.
   *
   * @param bytes holds the packet, with its reader index behind the headers
   * @param headerLength octets of the headers
   */
  public static boolean isIn(ByteBuf bytes, int headerLength) {
    int end = bytes.readerIndex();
    int start = end - headerLength;
    int first = start + Ipv6Header.LENGTH;
    if (bytes.getUnsignedByte(start + Ipv6Header.NEXT_HEADER) != Ipv6Chain.HOP_BY_HOP || first + 8 > end) {
      return false;
    }
    int length = 8 + bytes.getUnsignedByte(first + 1) * 8;
    return contains(bytes, first + HOP_BY_HOP_OPTIONS, Math.min(first + length, end));
  }

  private static boolean contains(ByteBuf bytes, int from, int end) {
    int at = from;
    while (at < end) {
      int type = bytes.getUnsignedByte(at);
      if (type == PAD1) {
        at++;
        continue;
      }
      int length = at + 2 > end ? 0 : bytes.getUnsignedByte(at + 1) + 2;
      if (length == 0 || at + length > end) {
        return false;
      }
      if (type == IPV6_TYPE && length == 4 && bytes.getShort(at + 2) == 0) {
        return true;
      }
      at += length;
    }
    return false;
  }
}
