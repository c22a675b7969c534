/**
 * A host as its transports see the internet layer.
 *
 * <p>{@link io.reactorstack.ip.host.IpHost} holds the interfaces, addresses and routes and the path MTUs that were learnt, and tells
 * of their changes. A {@link io.reactorstack.ip.host.NetworkInterface} is one interface with its addresses, groups, neighbours and
 * way out. A {@link io.reactorstack.ip.host.Destination} is a way in use: a connection, a socket or an answer looks it up once and
 * follows it, and each {@link io.reactorstack.ip.host.OutboundPacket} carries it.
 */
@NullMarked
package io.reactorstack.ip.host;

import org.jspecify.annotations.NullMarked;
