package io.reactorstack.dns;

import io.reactorstack.dns.transport.DnsTransport;
import io.reactorstack.name.DnsConfiguration;
import io.reactorstack.spi.HostLoop;
import java.util.function.Supplier;

/**
 * The environment of a resolver: the stack's event loop and a transport for messages.
 *
 * @param loop the event loop on which the resolver runs; it supplies the clock, the message IDs and the counters of
 *     ignored answers
 * @param transport sends queries and receives their answers
 * @param learned returns the servers and search domains that the stack has learnt from its networks
 */
record DnsEnvironment(HostLoop loop, DnsTransport transport, Supplier<DnsConfiguration> learned) {

  /** Creates the environment of a resolver whose stack has learnt nothing. */
  DnsEnvironment(HostLoop loop, DnsTransport transport) {
    this(loop, transport, () -> DnsConfiguration.NONE);
  }
}
