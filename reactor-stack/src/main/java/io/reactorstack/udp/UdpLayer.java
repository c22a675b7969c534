package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.ReceivingStage;
import io.reactorstack.layer.Stage;
import io.reactorstack.wire.UdpHeader;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** The receiving stage of UDP: parses the UDP headers of IP packets (RFC 768). */
final class UdpLayer implements ReceivingStage<InboundPacket, UdpDatagram> {

  private final Drops drops;

  UdpLayer(Drops drops) {
    this.drops = drops;
  }

  @Override
  public Flux<UdpDatagram> receive(Flux<InboundPacket> below) {
    return Stage.of(below, this::decode, drops);
  }

  private @Nullable UdpDatagram decode(InboundPacket packet) {
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
}
