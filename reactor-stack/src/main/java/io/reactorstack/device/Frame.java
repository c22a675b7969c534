package io.reactorstack.device;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;

/**
 * What crosses a device: an Ethernet frame without its FCS, or a bare IP packet where the medium is IP.
 *
 * @param payload the frame's bytes
 * @param facts what the device knows about it
 */
public record Frame(ByteBuf payload, PacketFacts facts) implements Pdu {}
