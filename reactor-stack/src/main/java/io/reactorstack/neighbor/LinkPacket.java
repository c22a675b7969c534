package io.reactorstack.neighbor;

import io.netty.buffer.ByteBuf;
import io.reactorstack.layer.Originator;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;

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
      Pdu {}
