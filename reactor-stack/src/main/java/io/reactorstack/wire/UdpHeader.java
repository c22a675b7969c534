package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.packet.Rejections;
import org.jspecify.annotations.Nullable;

/**
 * The header of a UDP datagram (RFC 768).
 *
 * @param sourcePort the sender's port, 0 to 65535
 * @param destinationPort the receiver's port, 0 to 65535
 * @param totalLength the length of the datagram with this header, 8 to 65535 octets
 */
public record UdpHeader(int sourcePort, int destinationPort, int totalLength) {

  /** The length of the header, in octets. */
  public static final int LENGTH = 8;

  /**
   * Parses the header at the reader index of {@code bytes} and verifies the datagram's checksum; does not move the
   * indices. Octets between the end of the datagram and the end of the packet are not data (RFC 9868 section 7).
   *
   * @param carrier the packet that carries the datagram
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable UdpHeader parse(ByteBuf bytes, EnclosingPacket carrier, Rejections rejections) {
    UdpDefect defect = defect(bytes, carrier);
    if (defect != null) {
      rejections.count(defect);
      return null;
    }
    int at = bytes.readerIndex();
    return new UdpHeader(
        TransportPorts.source(bytes, at), TransportPorts.destination(bytes, at), bytes.getUnsignedShort(at + 4));
  }

  private static @Nullable UdpDefect defect(ByteBuf bytes, EnclosingPacket carrier) {
    if (bytes.readableBytes() < LENGTH) {
      return UdpDefect.TOO_SHORT;
    }
    int octets = bytes.getUnsignedShort(bytes.readerIndex() + 4);
    if (octets < LENGTH || octets > bytes.readableBytes()) {
      return UdpDefect.BAD_LENGTH;
    }
    return hasGoodChecksum(bytes, carrier, octets) ? null : UdpDefect.BAD_CHECKSUM;
  }

  private static boolean hasGoodChecksum(ByteBuf bytes, EnclosingPacket carrier, int octets) {
    int at = bytes.readerIndex();
    // RFC 768: over IPv4 the sender may omit the checksum and send zero; RFC 8200 8.1: over IPv6 it must not.
    if (bytes.getUnsignedShort(at + 6) == 0) {
      return carrier.source().isV4();
    }
    if (carrier.facts().checksum() != ChecksumState.IN_PACKET) {
      return true;
    }
    long pseudo = Checksum.pseudoHeader(carrier.source(), carrier.destination(), IpProtocol.UDP, octets);
    return Checksum.verifies(pseudo + Checksum.sum(bytes, at, octets));
  }

  /** The length of the header in octets: {@link #LENGTH}. */
  public int length() {
    return LENGTH;
  }

  /**
   * Writes the header with the checksum in front of the data, which is the readable bytes of {@code bytes}.
   *
   * @param source the source address of the packet
   * @param destination the destination address of the packet
   * @throws IndexOutOfBoundsException if the headroom is too short
   */
  public void write(ByteBuf bytes, IpAddress source, IpAddress destination) {
    int at = writeFields(bytes);
    long pseudo = Checksum.pseudoHeader(source, destination, IpProtocol.UDP, totalLength);
    int checksum = Checksum.finish(pseudo + Checksum.sum(bytes, at, totalLength));
    // RFC 768: zero means "no checksum", so a computed zero is sent as all ones.
    bytes.setShort(at + 6, checksum == 0 ? 0xffff : checksum);
  }

  /** As {@link #write}, with the sum of the pseudo-header in place of the checksum, which the device completes. */
  public void writeUnfinished(ByteBuf bytes, IpAddress source, IpAddress destination) {
    int at = writeFields(bytes);
    bytes.setShort(
        at + 6, Checksum.fold(Checksum.pseudoHeader(source, destination, IpProtocol.UDP, totalLength)));
  }

  private int writeFields(ByteBuf bytes) {
    int at = Headroom.prepend(bytes, LENGTH);
    int ports = sourcePort << 16 | destinationPort;
    bytes.setLong(at, (long) ports << Integer.SIZE | (long) totalLength << 16);
    return at;
  }

  @Override
  public String toString() {
    return "UDP " + sourcePort + " > " + destinationPort + " len " + totalLength;
  }
}
