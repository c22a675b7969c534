/**
 * The sending direction of the internet layer.
 *
 * <p>{@link io.reactorstack.ip.output.IpOutput} is the stage of one interface. It writes the header of each
 * {@code OutboundPacket} into the packet's headroom and passes it on with its next hop, or rejects it to its
 * originator: without a route, with an invalid source, or if it exceeds the MTU and must not be fragmented. The others
 * that exceed the path MTU leave as fragments, which are made when the device can take them.
 * {@link io.reactorstack.ip.output.PacketNumbers} generates the identifications (RFC 6864) and flow labels (RFC 6437).
 * Routes are not looked up here: the {@code Destination} of a packet has done that.
 */
@NullMarked
package io.reactorstack.ip.output;

import org.jspecify.annotations.NullMarked;
