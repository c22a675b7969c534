package io.reactorstack.neighbor;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;

/**
 * A complete IP packet that knows its next hop but not yet that hop's link address.
 *
 * @param nextHop the router or, on-link, the destination itself; may be a broadcast or multicast address
 * @param etherType the EtherType of the payload
 * @param payload the IP packet, with headroom for the link header
 * @param facts what the device is to know
 */
public record OutboundPacket(IpAddress nextHop, int etherType, ByteBuf payload, PacketFacts facts) implements Pdu {}
