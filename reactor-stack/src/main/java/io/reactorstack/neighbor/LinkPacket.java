package io.reactorstack.neighbor;

import io.netty.buffer.ByteBuf;
import io.reactorstack.layer.Originator;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.Ipv6Header;
import org.jspecify.annotations.Nullable;

/**
 * A complete IP packet for a station on the link.
 *
 * @param to the station that receives the packet: a router or, on the link, the destination itself
 * @param etherType the EtherType of the payload
 * @param payload the IP packet, with headroom for the link header
 * @param facts the metadata for the device
 * @param originator notified if the station does not answer
 */
public record LinkPacket(Neighbor to, int etherType, ByteBuf payload, PacketFacts facts, Originator originator)
    implements
      Pdu {

  /** Returns the source address of an IPv6 packet; {@code null} for IPv4, or if the packet ends within its header. */
  @Nullable
  Ipv6Address ipv6Source() {
    return etherType == EtherType.IPV6 && payload.readableBytes() >= Ipv6Header.LENGTH
        ? Ipv6Address.get(payload, payload.readerIndex() + Ipv6Header.LENGTH - 2 * Ipv6Address.LENGTH)
        : null;
  }
}
