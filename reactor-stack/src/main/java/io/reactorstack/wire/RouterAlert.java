package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Headroom;

/**
 * The router alert option of IPv6, a hop-by-hop option (RFC 2711): routers examine a packet with it even if it is not
 * addressed to them. The option of IPv4 is {@link Ipv4Options#ROUTER_ALERT}.
 */
public final class RouterAlert {

  /** The length in octets of the hop-by-hop options header that contains the option. */
  public static final int IPV6_LENGTH = 8;

  private static final int IPV6_TYPE = 5;
  private static final int HOP_BY_HOP_OPTIONS = 2;
  private static final int PAD1 = 0;

  private RouterAlert() {}

  /**
   * Writes a hop-by-hop options header that contains only this option and padding in front of the readable bytes of
   * {@code bytes}. The next header field of the IPv6 header must be {@link Ipv6Chain#HOP_BY_HOP}.
   *
   * @param nextHeader the protocol of the readable bytes
   */
  public static void writeIpv6(ByteBuf bytes, int nextHeader) {
    int at = Headroom.prepend(bytes, IPV6_LENGTH);
    bytes.setInt(at, nextHeader << 24 | IPV6_TYPE << 8 | 2);
    // Value 0, for MLD, and a PadN option of two octets.
    bytes.setInt(at + 4, 0x0000_0100);
  }

  /**
   * Returns whether a received IPv6 packet has the option with the value 0, which MLD uses.
   *
   * @param bytes holds the packet; its reader index is behind the headers
   * @param headerLength the length of all headers, in octets
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
