package io.reactorstack.tcp.segment;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import org.jspecify.annotations.Nullable;

/**
 * The only door between the bytes of an IP packet and a {@link TcpSegment} (RFC 9293 section 3.1).
 *
 * <p>Neither way copies data: a parsed segment's payload is the packet's buffer with its reader index moved past the
 * header, an encoded packet's payload is the segment's buffer with the header written into its headroom.
 */
public final class TcpSegmentCodec {

  /** Bytes of a header without options. */
  public static final int HEADER_BYTES = 20;

  private static final int CHECKSUM = 16;

  private TcpSegmentCodec() {}

  /**
   * The segment in {@code packet}, whose buffer it takes over; if there is none, the packet is released, counted in
   * {@code drops}, and the result is {@code null}.
   */
  public static @Nullable TcpSegment parse(IpPacket packet, Drops drops) {
    ByteBuf bytes = packet.payload();
    int start = bytes.readerIndex();
    int length = bytes.readableBytes();
    if (length < HEADER_BYTES) {
      return dropped(packet, drops, SegmentDrop.TOO_SHORT);
    }
    int word = bytes.getUnsignedShort(start + 12);
    // The four reserved bits between the two fields are ignored (RFC 9293 3.1).
    int headerBytes = word >>> 12 << 2;
    if (headerBytes < HEADER_BYTES || headerBytes > length) {
      return dropped(packet, drops, SegmentDrop.BAD_DATA_OFFSET);
    }
    if (packet.facts().checksum() == ChecksumState.IN_PACKET && !verifies(packet)) {
      return dropped(packet, drops, SegmentDrop.BAD_CHECKSUM);
    }
    int ports = bytes.getInt(start);
    TcpSegment segment = new TcpSegment(
        new FourTuple(packet.destination(), ports & 0xffff, packet.source(), ports >>> 16),
        bytes.getInt(start + 4),
        bytes.getInt(start + 8),
        word & 0xff,
        bytes.getUnsignedShort(start + 14),
        bytes.getUnsignedShort(start + 18),
        OptionCodec.parse(bytes, start + HEADER_BYTES, start + headerBytes),
        packet.ecn(),
        bytes,
        packet.facts());
    bytes.skipBytes(headerBytes);
    return segment;
  }

  /**
   * The packet that carries {@code segment}, whose buffer it takes over; with the checksum, or with the pseudo-header's sum
   * in its place where the segment's facts say that the device completes it.
   *
   * @throws IndexOutOfBoundsException if the payload has no headroom
   */
  public static IpPacket encode(TcpSegment segment) {
    return encode(segment, PacketFields.DEFAULT);
  }

  /** As {@link #encode(TcpSegment)}, in a packet with these fields; the ECN bits are the segment's. */
  public static IpPacket encode(TcpSegment segment, PacketFields fields) {
    FourTuple flow = segment.flow();
    ByteBuf bytes = segment.payload();
    int headerBytes = HEADER_BYTES + OptionCodec.length(segment.options());
    int start = Headroom.prepend(bytes, headerBytes);
    bytes.setInt(start, flow.localPort() << 16 | flow.remotePort());
    bytes.setInt(start + 4, segment.seq());
    bytes.setInt(start + 8, segment.ack());
    bytes.setInt(start + 12, headerBytes >>> 2 << 28 | segment.flags() << 16 | segment.window());
    bytes.setInt(start + CHECKSUM, segment.urgentPointer());
    OptionCodec.encode(segment.options(), bytes, start + HEADER_BYTES);
    int length = bytes.readableBytes();
    long pseudoHeader = Checksum.pseudoHeader(flow.localAddress(), flow.remoteAddress(), IpPacket.TCP, length);
    int checksum = segment.facts().checksum() == ChecksumState.DEVICE_COMPLETES
        ? Checksum.fold(pseudoHeader)
        : Checksum.finish(pseudoHeader + Checksum.sum(bytes, start, length));
    bytes.setShort(start + CHECKSUM, checksum);
    return new IpPacket(flow.localAddress(), flow.remoteAddress(), IpPacket.TCP,
        fields.trafficClass() & ~3 | segment.ecn(), fields.hopLimit(), fields.dontFragment(), false, 0, bytes,
        segment.facts());
  }

  private static boolean verifies(IpPacket packet) {
    ByteBuf bytes = packet.payload();
    int length = bytes.readableBytes();
    long pseudoHeader = Checksum.pseudoHeader(packet.source(), packet.destination(), IpPacket.TCP, length);
    return Checksum.verifies(pseudoHeader + Checksum.sum(bytes, bytes.readerIndex(), length));
  }

  private static @Nullable TcpSegment dropped(IpPacket packet, Drops drops, SegmentDrop reason) {
    drops.drop(packet, reason);
    return null;
  }
}
