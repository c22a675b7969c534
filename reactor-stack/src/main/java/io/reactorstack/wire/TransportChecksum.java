package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;

/** Computes the checksums of TCP and UDP in packets whose contents the host does not otherwise read. */
public final class TransportChecksum {

  private static final int TCP_FIELD = 16;
  private static final int UDP_FIELD = 6;
  private static final int NO_FIELD = -1;

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
    int end = packet.writerIndex();
    complete(packet, index, end, protocol, header.source().isV4(), pseudoHeader(header, protocol, end - index));
  }

  /**
   * As {@link #complete(IpHeader, int, ByteBuf, int)}, with the sum of the pseudo-header.
   *
   * @param end the index behind the segment or datagram
   * @param isV4 true for a packet of IPv4
   * @param pseudoHeader the unfolded sum
   */
  public static void complete(
      ByteBuf packet, int index, int end, int protocol, boolean isV4, long pseudoHeader) {
    int field = fieldOf(packet, index, end, protocol, isV4);
    if (field != NO_FIELD) {
      packet.setShort(field, 0);
      int checksum = Checksum.finish(pseudoHeader + Checksum.sum(packet, index, end - index));
      // RFC 768: zero means that there is no checksum.
      packet.setShort(field, checksum == 0 && protocol == IpProtocol.UDP ? 0xffff : checksum);
    }
  }

  /**
   * Writes the sum of the pseudo-header into the checksum field of the TCP segment or UDP datagram at {@code index}, for
   * a device that completes the checksum. Does nothing where {@code complete} does nothing.
   *
   * @param protocol the protocol number of the payload
   * @param isV4 true for a packet of IPv4
   * @param pseudoHeader the unfolded sum
   */
  public static void leaveUnfinished(ByteBuf packet, int index, int protocol, boolean isV4, long pseudoHeader) {
    int field = fieldOf(packet, index, packet.writerIndex(), protocol, isV4);
    if (field != NO_FIELD) {
      packet.setShort(field, Checksum.fold(pseudoHeader));
    }
  }

  private static long pseudoHeader(IpHeader header, int protocol, int length) {
    return Checksum.pseudoHeader(header.source(), header.destination(), protocol, length);
  }

  /** Returns the index of the checksum field, or {@link #NO_FIELD} if there is no checksum to write. */
  private static int fieldOf(ByteBuf packet, int index, int end, int protocol, boolean isV4) {
    int offset = switch (protocol) {
      case IpProtocol.TCP -> TCP_FIELD;
      case IpProtocol.UDP -> UDP_FIELD;
      default -> NO_FIELD;
    };
    int field = index + offset;
    boolean isAbsent = offset == NO_FIELD || field + Short.BYTES > end
        || protocol == IpProtocol.UDP && isV4 && packet.getShort(field) == 0;
    return isAbsent ? NO_FIELD : field;
  }
}
