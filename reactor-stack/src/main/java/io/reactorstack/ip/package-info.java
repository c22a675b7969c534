/**
 * The internet layer: which packets a host takes in, and over which interface and next hop its own leave (RFC 791, RFC 8200,
 * RFC 1122 section 3).
 *
 * <p>{@link io.reactorstack.ip.IpHost} holds the interfaces, addresses and routes of a host and the path MTUs that it has
 * learned, and tells of their changes; a {@link io.reactorstack.ip.NetworkInterface} is one interface with its addresses, neighbours and
 * way out; a {@link io.reactorstack.ip.Destination} is a way in use, which its holder follows; {@link io.reactorstack.ip.IpLayer} is
 * the stage of one interface. Read these four first. Headers are parsed and written by {@link
 * io.reactorstack.wire.Ipv4Header} and {@link io.reactorstack.wire.Ipv6Header}.
 *
 * <p>A received packet passes {@code Ipv4Input} or {@code Ipv6Input}, which drop it for a counted {@link
 * io.reactorstack.ip.IpDrop} or hand it to the demultiplexer by protocol; some drops raise a {@link io.reactorstack.ip.Complaint} for
 * ICMP. A packet of the host's own passes {@code IpOutput}. Fragments are dropped, packets that are too long are refused, and nothing is
 * forwarded.
 */
@NullMarked
package io.reactorstack.ip;

import org.jspecify.annotations.NullMarked;
