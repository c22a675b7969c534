package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;

/**
 * Changes the ports of TCP and UDP headers, and the identifiers of ICMP queries, in place.
 *
 * <p>Each setter returns the change of the sum that it makes. The caller adds the changes up, with those of {@link
 * Ipv4Fields} for protocols whose checksum covers the pseudo-header, and passes the total to {@link #updateChecksum}.
 */
public final class TransportFields {

  private static final int DESTINATION_PORT = 2;
  private static final int ICMP_IDENTIFIER = 4;
  private static final int ICMP_CHECKSUM = 2;
  private static final int UDP_CHECKSUM = 6;
  private static final int TCP_CHECKSUM = 16;
  private static final int NO_CHECKSUM = -1;

  private TransportFields() {}

  /** Sets the source port of the TCP or UDP header at {@code index}, 0 to 65535. */
  public static long setSourcePort(ByteBuf bytes, int index, int port) {
    return setShort(bytes, index, port);
  }

  /** Sets the destination port of the TCP or UDP header at {@code index}, 0 to 65535. */
  public static long setDestinationPort(ByteBuf bytes, int index, int port) {
    return setShort(bytes, index + DESTINATION_PORT, port);
  }

  /** Returns the identifier of the ICMP query or reply at {@code index}, 0 to 65535. */
  public static int identifier(ByteBuf bytes, int index) {
    return bytes.getUnsignedShort(index + ICMP_IDENTIFIER);
  }

  /** Sets the identifier of the ICMP query or reply at {@code index}, 0 to 65535. */
  public static long setIdentifier(ByteBuf bytes, int index, int identifier) {
    return setShort(bytes, index + ICMP_IDENTIFIER, identifier);
  }

  private static long setShort(ByteBuf bytes, int index, int value) {
    int before = bytes.getUnsignedShort(index);
    if (before == value) {
      return 0;
    }
    bytes.setShort(index, value);
    return Checksum.change(before, value);
  }

  /**
   * Updates the checksum of the UDP datagram, TCP segment or ICMP message at {@code index} (RFC 1624). A UDP datagram
   * without a checksum keeps none (RFC 768). A checksum field that is not in front of {@code end}, as in a short quote,
   * is left alone.
   *
   * @param protocol the protocol of the header at {@code index}; others than these three are left alone
   * @param end the index behind the last octet of the header that exists
   * @param change the total of the changes, without those of addresses for ICMP, which has no pseudo-header
   */
  public static void updateChecksum(ByteBuf bytes, int protocol, int index, int end, long change) {
    int offset = checksumOffset(protocol);
    if (offset == NO_CHECKSUM || index + offset + Short.BYTES > end) {
      return;
    }
    int before = bytes.getUnsignedShort(index + offset);
    boolean isUdp = protocol == IpProtocol.UDP;
    if (isUdp && before == 0) {
      return;
    }
    int after = Checksum.update(before, change);
    // RFC 768: zero means "no checksum", so a computed zero is sent as all ones.
    bytes.setShort(index + offset, isUdp && after == 0 ? 0xffff : after);
  }

  private static int checksumOffset(int protocol) {
    return switch (protocol) {
      case IpProtocol.ICMP -> ICMP_CHECKSUM;
      case IpProtocol.TCP -> TCP_CHECKSUM;
      case IpProtocol.UDP -> UDP_CHECKSUM;
      default -> NO_CHECKSUM;
    };
  }
}
