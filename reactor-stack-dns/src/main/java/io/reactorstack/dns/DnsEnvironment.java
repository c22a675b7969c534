package io.reactorstack.dns;

import io.reactorstack.spi.HostLoop;

/**
 * The loop of a stack, and a way to send messages: everything that a resolver needs.
 *
 * @param loop runs everything, and supplies the clock, the message ids and the counters of ignored answers
 * @param transport sends queries and receives their answers
 */
record DnsEnvironment(HostLoop loop, DnsTransport transport) {}
