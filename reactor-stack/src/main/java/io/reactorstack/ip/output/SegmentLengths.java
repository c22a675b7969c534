package io.reactorstack.ip.output;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.ForwardedPacket;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.TransportHeaders;

/** The lengths of the packets that a packet with a segment size is cut into. */
final class SegmentLengths {

  private SegmentLengths() {}

  /**
   * Returns the length of the longest packet that {@code packet} is cut into, in octets: its own length if it has no
   * segment size.
   *
   * @param length the length of the packet with its IP header
   */
  static int ofSegment(OriginatedPacket packet, int length) {
    int segmentSize = packet.facts().segmentSize();
    if (segmentSize == 0) {
      return length;
    }
    ByteBuf bytes = packet.payload();
    int octets = bytes.readableBytes();
    int data = octets - TransportHeaders.length(bytes, bytes.readerIndex(), octets, packet.protocol());
    return length - data + Math.min(data, segmentSize);
  }

  /** Returns the length of the longest packet that {@code packet}, which has a segment size, is cut into. */
  static int ofSegment(ForwardedPacket packet) {
    ByteBuf bytes = packet.payload();
    IpHeaders headers = IpHeaders.parse(bytes, Rejections.UNCOUNTED);
    int length = bytes.readableBytes();
    if (headers == null) {
      return length;
    }
    int octets = length - headers.length();
    int data = octets
        - TransportHeaders.length(bytes, bytes.readerIndex() + headers.length(), octets, headers.protocol());
    return length - data + Math.min(data, packet.facts().segmentSize());
  }

  /** Returns the number of packets that {@code packet} is cut into. */
  static int count(OriginatedPacket packet) {
    int segmentSize = packet.facts().segmentSize();
    return segmentSize == 0 ? 1 : Math.ceilDiv(Math.max(1, packet.payload().readableBytes()), segmentSize);
  }
}
