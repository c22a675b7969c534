/**
 * The internet layer (RFC 791, RFC 8200, RFC 1122 section 3): which packets a host takes in, and over which interface and next
 * hop its own leave.
 *
 * <p>{@code ip.host} has the interfaces, addresses, routes and ways of a host, {@code ip.input} the way up, {@code ip.output} the
 * way down; begin with the first. Headers are parsed and written by {@link io.reactorstack.wire.Ipv4Header} and {@link
 * io.reactorstack.wire.Ipv6Header}. Fragments are dropped, packets that are too long are refused, and nothing is forwarded. Why a
 * packet was dropped is an {@link io.reactorstack.ip.IpDrop}.
 */
@NullMarked
package io.reactorstack.ip;

import org.jspecify.annotations.NullMarked;
