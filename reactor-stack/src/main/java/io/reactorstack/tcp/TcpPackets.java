package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.layer.Originator;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.PacketFields;
import io.reactorstack.wire.TcpSegment;

/** Encodes segments into IP packets: writes the TCP header into the headroom of the segment's buffer. */
final class TcpPackets {

  private TcpPackets() {}

  /**
   * Returns the packet that carries {@code segment}; takes ownership of the segment's buffer.
   *
   * @param fields the fields of the IP header, except the ECN bits, which are the segment's
   * @param originator notified if the packet cannot leave
   * @throws IndexOutOfBoundsException if the payload has no headroom
   */
  static OriginatedPacket encode(TcpSegment segment, Destination route, PacketFields fields, Originator originator) {
    ByteBuf bytes = segment.payload();
    segment.write(bytes);
    return new OriginatedPacket(route, segment.flow().localAddress(), IpProtocol.TCP, fields.withEcn(segment.ecn()),
        Ipv4Options.NONE, bytes,
        segment.facts(), originator);
  }
}
