/**
 * The way down through the internet layer.
 *
 * <p>{@link io.reactorstack.ip.output.IpOutput} is the stage of one interface. It writes the header of each packet of this host and
 * names its next hop, or gives the packet back to its originator. {@link io.reactorstack.ip.output.PacketNumbers} are the
 * identifications (RFC 6864) and flow labels (RFC 6437) that it gives.
 */
@NullMarked
package io.reactorstack.ip.output;

import org.jspecify.annotations.NullMarked;
