package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.layer.Originator;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.PacketFields;
import io.reactorstack.wire.TcpSegment;

/** Puts segments into IP packets; the packet's payload is the segment's buffer with the header written into its headroom. */
final class TcpPackets {

  private TcpPackets() {}

  /**
   * The packet that carries {@code segment}, whose buffer it takes over.
   *
   * @param fields the fields of the IP header; the ECN bits are the segment's
   * @param originator told if the packet cannot leave
   * @throws IndexOutOfBoundsException if the payload has no headroom
   */
  static OutboundPacket encode(TcpSegment segment, Destination way, PacketFields fields, Originator originator) {
    ByteBuf bytes = segment.payload();
    segment.write(bytes);
    return new OutboundPacket(way, segment.flow().localAddress(), IpProtocol.TCP, fields.withEcn(segment.ecn()),
        Ipv4Options.NONE, bytes,
        segment.facts(), originator);
  }
}
