package io.reactorstack.dns;

import io.reactorstack.spi.HostLoop;

/**
 * The environment of a resolver: the stack's event loop and a transport for messages.
 *
 * @param loop the event loop on which the resolver runs; it supplies the clock, the message IDs and the counters of
 *     ignored answers
 * @param transport sends queries and receives their answers
 */
record DnsEnvironment(HostLoop loop, DnsTransport transport) {}
