/**
 * The internet layer (RFC 791, RFC 8200, RFC 1122 section 3): it decides which received packets are for the host, and
 * through which interface and next hop the host's own packets leave.
 *
 * <p>Read {@code ip.host} first: it has the interfaces, addresses, routes and destinations of a host. {@code ip.input}
 * is the receiving direction and {@code ip.output} the sending direction; {@code ip.event} has the events that users
 * see. Headers are parsed and written by {@link io.reactorstack.wire.Ipv4Header} and
 * {@link io.reactorstack.wire.Ipv6Header}. The reasons for dropped packets are in {@link io.reactorstack.ip.IpDrop}.
 *
 * <p>Received fragments are reassembled, and packets that exceed the path MTU are fragmented if their originator permits
 * that. Forwarding is not implemented: received packets for other hosts are dropped.
 */
@NullMarked
package io.reactorstack.ip;

import org.jspecify.annotations.NullMarked;
