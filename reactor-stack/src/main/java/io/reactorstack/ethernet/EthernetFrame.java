package io.reactorstack.ethernet;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;

/**
 * A parsed Ethernet frame, or one to be encoded.
 *
 * @param destination the receiver, possibly a group
 * @param source the sender
 * @param type the EtherType, unsigned 16 bits
 * @param payload the frame's payload, perhaps with padding at its end
 * @param facts what the device knows
 */
public record EthernetFrame(
    MacAddress destination, MacAddress source, int type, ByteBuf payload, PacketFacts facts) implements Pdu {}
