/**
 * The sending direction of the internet layer.
 *
 * <p>{@link io.reactorstack.ip.output.IpOutput} is the stage of one interface. It writes the header of each
 * {@code OutboundPacket} into the packet's headroom and passes it on with its next hop, or rejects it to its
 * originator: without a route, with an invalid source, or if it exceeds the MTU.
 * {@link io.reactorstack.ip.output.PacketNumbers} generates the identifications (RFC 6864) and flow labels (RFC 6437).
 * Packets are not fragmented, and routes are not looked up here: the {@code Destination} of a packet has done that.
 */
@NullMarked
package io.reactorstack.ip.output;

import org.jspecify.annotations.NullMarked;
