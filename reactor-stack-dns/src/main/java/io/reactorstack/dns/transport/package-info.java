/**
 * The host of a resolver, with its ways to other DNS servers.
 *
 * <p>{@link io.reactorstack.dns.transport.DnsHost} is what a resolver needs of its host: an event loop, time, randomness
 * and a {@link io.reactorstack.dns.transport.DnsTransport}, which sends a message from its own random UDP port, or opens
 * a {@link io.reactorstack.dns.transport.DnsConnection} over TCP. {@link io.reactorstack.dns.transport.StackHost} is a
 * stack as a host. {@link io.reactorstack.dns.transport.KernelHost} is the machine itself, without a stack: its kernel's
 * sockets, on an event loop of Reactor Netty, and its {@code resolv.conf}.
 *
 * <p>{@link io.reactorstack.dns.transport.NameServers} orders the servers of a forwarder by their silence.
 */
@NullMarked
package io.reactorstack.dns.transport;

import org.jspecify.annotations.NullMarked;
