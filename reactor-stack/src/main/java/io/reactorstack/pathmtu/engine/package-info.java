/**
 * The discovery of a path MTU by probes, without I/O (RFC 8899): time, acknowledgements and losses are arguments.
 *
 * <p>Read {@link io.reactorstack.pathmtu.engine.PathMtuEngine} first, which has the inputs, the phases and the order of
 * use. {@link io.reactorstack.pathmtu.engine.SizeSearch} chooses the sizes of probes, and {@link
 * io.reactorstack.pathmtu.engine.SizeBounds} has the limits that settings, headers and link set. {@code udp} runs an
 * engine for a connected socket, and {@code icmp} for a measurement by echo requests. All sizes are octets of a datagram
 * with the header of its transport and without the IP header, unless a name says otherwise.
 */
@NullMarked
package io.reactorstack.pathmtu.engine;

import org.jspecify.annotations.NullMarked;
