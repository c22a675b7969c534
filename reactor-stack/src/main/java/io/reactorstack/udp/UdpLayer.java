package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Layer;
import io.reactorstack.layer.Stage;
import io.reactorstack.wire.UdpHeader;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** Takes datagrams out of their packets, and puts them in (RFC 768). */
final class UdpLayer implements Layer<IpPacket, UdpDatagram> {

  private final Drops drops;

  UdpLayer(Drops drops) {
    this.drops = drops;
  }

  @Override
  public Flux<UdpDatagram> receive(Flux<IpPacket> below) {
    return Stage.of(below, this::decode, drops);
  }

  @Override
  public Flux<IpPacket> send(Flux<UdpDatagram> above) {
    return Stage.of(above, UdpLayer::encode, drops);
  }

  private @Nullable UdpDatagram decode(IpPacket packet) {
    ByteBuf bytes = packet.payload();
    UdpHeader header = UdpHeader.parse(bytes, packet, drops);
    if (header == null) {
      packet.release();
      return null;
    }
    int at = bytes.readerIndex();
    bytes.setIndex(at + UdpHeader.LENGTH, at + header.totalLength());
    return new UdpDatagram(packet, header.sourcePort(), header.destinationPort());
  }

  /** The packet that carries {@code datagram}. */
  static IpPacket encode(UdpDatagram datagram) {
    IpPacket carrier = datagram.carrier();
    ByteBuf bytes = carrier.payload();
    new UdpHeader(datagram.sourcePort(), datagram.destinationPort(), UdpHeader.LENGTH + bytes.readableBytes())
        .write(bytes, carrier.source(), carrier.destination());
    return carrier;
  }
}
