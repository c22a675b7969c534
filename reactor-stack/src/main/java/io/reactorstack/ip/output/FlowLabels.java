package io.reactorstack.ip.output;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.packet.KeyedHash;
import io.reactorstack.wire.TransportPorts;
import java.util.random.RandomGenerator;

/**
 * Computes the flow labels of this host's IPv6 packets: all packets of a flow have the same label, and a label cannot
 * be guessed from the labels of other flows (RFC 6437 section 3).
 */
final class FlowLabels {

  private final KeyedHash hash;

  FlowLabels(RandomGenerator random) {
    hash = new KeyedHash(random);
  }

  int of(OriginatedPacket packet) {
    ByteBuf payload = packet.payload();
    boolean ports = TransportPorts.areIn(packet.protocol()) && payload.readableBytes() >= TransportPorts.LENGTH;
    int first = payload.readerIndex();
    int sourcePort = ports ? TransportPorts.source(payload, first) : 0;
    int destinationPort = ports ? TransportPorts.destination(payload, first) : packet.protocol();
    int label = hash.of(packet.source(), sourcePort, packet.destination(), destinationPort) & 0xf_ffff;
    // RFC 6437 3: zero means "no label".
    return label == 0 ? 1 : label;
  }
}
