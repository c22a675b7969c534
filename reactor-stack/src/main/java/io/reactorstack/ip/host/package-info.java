/**
 * The internet layer as a host's transports use it: interfaces, addresses, routes and destinations.
 *
 * <p>Read {@link io.reactorstack.ip.host.IpHost} first, the view of one shard: it holds the interfaces and path MTUs,
 * looks up destinations, and notifies listeners of changes. A {@link io.reactorstack.ip.host.Destination} is a route in
 * use: a connection, a socket or an answer looks it up once, and it follows changes of the network; each
 * {@link io.reactorstack.ip.host.OutboundPacket} carries one. A {@link io.reactorstack.ip.host.NetworkInterface} is one
 * interface with its addresses, groups, neighbours and egress.
 *
 * <p>{@link io.reactorstack.ip.host.HostNetwork} owns the addresses and routes of the host. Each change creates a
 * {@link io.reactorstack.ip.host.HostSnapshot}, which all shards receive. Route lookup and source address selection
 * follow RFC 1122 section 3.3 and RFC 6724 section 5, path MTUs RFC 1191 and RFC 8201. The package neither parses nor
 * writes packets.
 */
@NullMarked
package io.reactorstack.ip.host;

import org.jspecify.annotations.NullMarked;
