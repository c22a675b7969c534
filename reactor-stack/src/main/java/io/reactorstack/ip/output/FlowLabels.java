package io.reactorstack.ip.output;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.packet.KeyedHash;
import io.reactorstack.wire.TransportPorts;
import java.util.random.RandomGenerator;

/**
 * The flow labels of packets that start here: the same for all packets of a flow, and not to be guessed from another
 * flow's (RFC 6437 section 3).
 */
final class FlowLabels {

  private final KeyedHash hash;

  FlowLabels(RandomGenerator random) {
    hash = new KeyedHash(random);
  }

  int of(OutboundPacket packet) {
    ByteBuf payload = packet.payload();
    boolean ports = TransportPorts.areIn(packet.protocol()) && payload.readableBytes() >= TransportPorts.LENGTH;
    int first = payload.readerIndex();
    int sourcePort = ports ? TransportPorts.source(payload, first) : 0;
    int destinationPort = ports ? TransportPorts.destination(payload, first) : packet.protocol();
    int label = hash.of(packet.source(), sourcePort, packet.destination(), destinationPort) & 0xf_ffff;
    // RFC 6437 3: zero would say that there is none.
    return label == 0 ? 1 : label;
  }
}
