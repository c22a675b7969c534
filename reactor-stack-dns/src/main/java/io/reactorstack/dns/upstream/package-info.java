/**
 * The way to other DNS servers, shared by the resolver and the forwarder.
 *
 * <p>{@link io.reactorstack.dns.upstream.NameServers} orders the servers by their silence.
 * {@link io.reactorstack.dns.upstream.DnsTransport} sends a message from its own random port, or over its own connection,
 * and receives the answers; {@link io.reactorstack.dns.upstream.StackTransport} does that on a host's sockets.
 */
@NullMarked
package io.reactorstack.dns.upstream;

import org.jspecify.annotations.NullMarked;
