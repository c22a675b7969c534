package io.reactorstack.ip.host;

import io.netty.buffer.ByteBuf;
import io.reactorstack.layer.Originator;
import io.reactorstack.packet.PacketFacts;

/**
 * An IP packet of another host that this host forwards. Its header is complete: the hop limit has been decremented.
 *
 * @param route the destination, with the interface to send through
 * @param payload the packet with its IP header, with headroom for a link header
 * @param facts the metadata for the device
 * @param originator notified if the packet cannot leave
 */
public record ForwardedPacket(Destination route, ByteBuf payload, PacketFacts facts, Originator originator)
    implements
      OutboundPacket {}
