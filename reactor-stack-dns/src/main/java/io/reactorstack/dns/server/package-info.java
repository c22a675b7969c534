/**
 * DNS servers on the stack: a small authoritative one for the lab and for tests (RFC 1034 section 4.3), and the
 * forwarder of a home gateway (RFC 5625).
 *
 * <p>{@link io.reactorstack.dns.server.Zone} describes the names of a domain;
 * {@link io.reactorstack.dns.server.ZoneServer} serves zones over UDP and TCP. {@code ZoneServer} handles the I/O.
 * {@code ZoneAnswers} turns the octets of a query into the octets of a response without I/O, and {@code ZoneTree}
 * searches a zone for a name, with wildcards as RFC 4592 defines them.
 *
 * <p>{@link io.reactorstack.dns.server.DnsForwarder} relays queries to other servers. {@code Relay} holds the outstanding
 * queries, {@code RelayedMessage} reads as much of a message as that needs.
 *
 * <p>The authoritative server supports no recursion, no zone transfers, no dynamic updates and no DNSSEC.
 */
@NullMarked
package io.reactorstack.dns.server;

import org.jspecify.annotations.NullMarked;
