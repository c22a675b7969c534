package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.IpHeader;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.PacketFields;
import io.reactorstack.wire.UdpHeader;

/**
 * A received datagram on its way from the codec to the sockets.
 *
 * @param carrier the IP packet whose payload is the UDP data, with the UDP header before the reader index
 * @param sourcePort the sender's port, 0 to 65535
 * @param destinationPort the receiver's port, 0 to 65535
 */
record UdpDatagram(InboundPacket carrier, int sourcePort, int destinationPort) implements Pdu {

  @Override
  public ByteBuf payload() {
    return carrier.payload();
  }

  /**
   * Returns the copy of a multicast or broadcast datagram of this host for its own sockets: {@code sent}, whose payload
   * is still the data alone, as if it had been received at {@code now} on the interface through which it is sent.
   */
  static UdpDatagram looped(OriginatedPacket sent, int sourcePort, int destinationPort, long now) {
    ByteBuf data = sent.payload().copy();
    var carrier = new InboundPacket(header(sent), sent.protocol(), sent.options(), 0, true, data,
        PacketFacts.receivedAt(now),
        sent.route().networkInterface());
    return new UdpDatagram(carrier, sourcePort, destinationPort);
  }

  private static IpHeader header(OriginatedPacket sent) {
    PacketFields fields = sent.fields();
    int length = UdpHeader.LENGTH + sent.payload().readableBytes();
    return switch (sent.source()) {
      case Ipv4Address source ->
        new Ipv4Header(Ipv4Header.MINIMUM + sent.options().length(), fields.trafficClass(),
            Ipv4Header.MINIMUM + sent.options().length() + length, 0,
            fields.dontFragment(), false, 0, fields.hopLimit(), sent.protocol(), source,
            (Ipv4Address) sent.destination());
      case Ipv6Address source ->
        new Ipv6Header(fields.trafficClass(), 0, length, sent.protocol(), fields.hopLimit(), source,
            (Ipv6Address) sent.destination());
    };
  }

  /** The number of datagrams that a device has merged into this one; 1 for an ordinary datagram. */
  int count() {
    return UdpPackets.count(carrier.facts(), carrier.payload().readableBytes());
  }

  /**
   * Returns one of the datagrams that were merged into this one, as a view that the caller does not own.
   *
   * @param index less than {@link #count}
   */
  UdpDatagram segment(int index) {
    ByteBuf data = carrier.payload();
    PacketFacts facts = carrier.facts();
    int offset = index * facts.segmentSize();
    int length = Math.min(facts.segmentSize(), data.readableBytes() - offset);
    var part = new InboundPacket(carrier.header(), carrier.protocol(), carrier.options(), 0, carrier.broadcast(),
        data.slice(data.readerIndex() + offset, length),
        new PacketFacts(facts.ingressNanos(), ChecksumState.VERIFIED, 0), carrier.ingress());
    return new UdpDatagram(part, sourcePort, destinationPort);
  }

  /** Returns a copy of this datagram with its own buffer. */
  UdpDatagram copy() {
    return new UdpDatagram(carrier.copy(), sourcePort, destinationPort);
  }
}
