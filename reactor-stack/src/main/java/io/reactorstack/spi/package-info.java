/**
 * Services of a host for transports that are built on it: a DNS resolver, a pool of connections, a protocol of your own.
 *
 * <p>{@link io.reactorstack.spi.HostLoop} is an event loop of the host, seen as a transport needs it: a Reactor {@code Scheduler},
 * a clock, a source of randomness, counters of drops and datagram sockets. All of them are in the host's own time, so that a transport
 * that uses nothing else runs in the virtual time of a lab without a change, and its runs are repeated by their seed.
 *
 * <p>Applications do not need this package: {@code NetworkStack} has TCP, UDP and ICMP for them, and {@code
 * io.reactorstack.netty} the channels and event loops for what is built on Netty.
 */
@NullMarked
package io.reactorstack.spi;

import org.jspecify.annotations.NullMarked;
