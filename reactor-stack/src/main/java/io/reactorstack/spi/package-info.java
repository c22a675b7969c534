/**
 * Services of a host for transports that are built on it: a DNS resolver, a pool of connections, a user's own protocol.
 *
 * <p>{@link io.reactorstack.spi.HostLoop} is the one type to read: an event loop of the host with what a transport
 * needs, a Reactor {@code Scheduler}, a clock, a source of randomness, counters of drops and datagram sockets. All of
 * them use the host's own time, so a transport that uses nothing else runs unchanged in the virtual time of a lab, and
 * its runs can be repeated by their seed.
 *
 * <p>{@link io.reactorstack.spi.WorldNames} resolves host names for code that runs in a simulated world, without the stack
 * of a host.
 *
 * <p>{@link io.reactorstack.spi.LoopScheduler} is a Netty event loop as a Reactor {@code Scheduler}.
 *
 * <p>Applications do not need this package: {@code NetworkStack} offers them TCP, UDP and ICMP, and {@code
 * io.reactorstack.netty} offers channels and event loops to code that is built on Netty. Raw IP packets are not
 * available here.
 */
@NullMarked
package io.reactorstack.spi;

import org.jspecify.annotations.NullMarked;
