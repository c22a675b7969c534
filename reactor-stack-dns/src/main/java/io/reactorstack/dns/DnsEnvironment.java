package io.reactorstack.dns;

import io.reactorstack.spi.HostLoop;

/**
 * What a resolver lives on, all of it the stack's.
 *
 * @param loop where everything happens, whose clock counts, and where message ids come from and ignored answers are counted
 * @param transport how messages travel
 */
record DnsEnvironment(HostLoop loop, DnsTransport transport) {}
