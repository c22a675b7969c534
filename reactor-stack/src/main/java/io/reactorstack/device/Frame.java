package io.reactorstack.device;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;

/**
 * The unit that a device receives and sends: an Ethernet frame without its FCS, or a bare IP packet if the medium is
 * IP.
 *
 * @param payload the bytes of the frame
 * @param facts what the device knows about the frame
 */
public record Frame(ByteBuf payload, PacketFacts facts) implements Pdu {}
