package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.tcp.engine.PacketFields;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.TcpSegment;

/** Puts segments into IP packets; the packet's payload is the segment's buffer with the header written into its headroom. */
final class TcpPackets {

  private TcpPackets() {}

  /** As {@link #encode(TcpSegment, PacketFields)}, in a packet with the default fields. */
  static IpPacket encode(TcpSegment segment) {
    return encode(segment, PacketFields.DEFAULT);
  }

  /**
   * The packet that carries {@code segment}, whose buffer it takes over.
   *
   * @param fields the fields of the IP header; the ECN bits are the segment's
   * @throws IndexOutOfBoundsException if the payload has no headroom
   */
  static IpPacket encode(TcpSegment segment, PacketFields fields) {
    FourTuple flow = segment.flow();
    ByteBuf bytes = segment.payload();
    segment.write(bytes);
    return new IpPacket(flow.localAddress(), flow.remoteAddress(), IpProtocol.TCP,
        fields.trafficClass() & ~3 | segment.ecn(), fields.hopLimit(), fields.dontFragment(), false, 0, bytes,
        segment.facts());
  }
}
