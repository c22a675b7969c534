package io.reactorstack.ethernet;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;

/**
 * A parsed Ethernet frame, or a frame to be sent.
 *
 * @param destination the destination address, possibly a group
 * @param source the source address
 * @param type the EtherType, unsigned 16 bits
 * @param payload the payload of the frame, possibly followed by padding
 * @param facts the device's metadata
 */
public record EthernetFrame(
    MacAddress destination, MacAddress source, int type, ByteBuf payload, PacketFacts facts) implements Pdu {}
