package io.reactorstack.dns.resolve;

import io.reactorstack.dns.exchange.Exchange;
import io.reactorstack.dns.exchange.ServerBook;
import io.reactorstack.dns.transport.DnsHost;

/**
 * The parts that the ways to find records have in common.
 *
 * @param host the host on which the resolver runs
 * @param exchange sends queries
 * @param book what is known about servers
 */
public record Tools(DnsHost host, Exchange exchange, ServerBook book) {}
