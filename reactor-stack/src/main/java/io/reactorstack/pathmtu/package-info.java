/**
 * The discovery of a path MTU by probes as users see it: its settings and its result (RFC 8899).
 *
 * <p>{@link io.reactorstack.pathmtu.PathMtuSettings} has the sizes and timers of a discovery, and {@link
 * io.reactorstack.pathmtu.PathMtu} is what it has found so far: the largest datagram, the phase and the cause of the
 * last change. {@code UdpConnection.discoverPathMtu} runs a discovery for a protocol over UDP, and {@code Icmp.pathMtu}
 * measures a path by echo requests. The types are values without I/O; the package {@code pathmtu.engine} has the
 * machine.
 */
@NullMarked
package io.reactorstack.pathmtu;

import org.jspecify.annotations.NullMarked;
