package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;

/** Computes the checksums of TCP and UDP in packets whose contents the host does not otherwise read. */
public final class TransportChecksum {

  private static final int TCP_FIELD = 16;
  private static final int UDP_FIELD = 6;

  private TransportChecksum() {}

  /**
   * Writes the checksum of the TCP segment or UDP datagram at {@code index}, which ends at the writer index of
   * {@code packet}. Does nothing for other protocols, for a header that is cut off, and for a datagram of IPv4 without a
   * checksum (RFC 768).
   *
   * @param header the header of the packet, for the pseudo-header
   * @param protocol the protocol number of the payload
   */
  public static void complete(IpHeader header, int protocol, ByteBuf packet, int index) {
    int length = packet.writerIndex() - index;
    int field = switch (protocol) {
      case IpProtocol.TCP -> TCP_FIELD;
      case IpProtocol.UDP -> UDP_FIELD;
      default -> Integer.MAX_VALUE - Short.BYTES;
    };
    if (length < field + Short.BYTES
        || protocol == IpProtocol.UDP && header.source().isV4() && packet.getShort(index + field) == 0) {
      return;
    }
    packet.setShort(index + field, 0);
    long sum = Checksum.pseudoHeader(header.source(), header.destination(), protocol, length)
        + Checksum.sum(packet, index, length);
    int checksum = Checksum.finish(sum);
    // RFC 768: zero means that there is no checksum.
    packet.setShort(index + field, checksum == 0 && protocol == IpProtocol.UDP ? 0xffff : checksum);
  }
}
