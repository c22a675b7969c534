/**
 * DNS servers on the stack: an authoritative one and a recursive one (RFC 1034 section 4.3), and the forwarder of a home
 * gateway (RFC 5625).
 *
 * <p>{@link io.reactorstack.dns.server.Zone} has the records of a domain, from calls or from a zone file (RFC 1035
 * section 5); {@link io.reactorstack.dns.server.ZoneServer} serves zones over UDP and TCP. Read these two first.
 *
 * <p>A zone is checked when it is built: {@code ZoneCheck} has the rules. {@code ZoneFile} reads and writes zone files,
 * {@code ZoneEntries} splits one into its entries.
 *
 * <p>{@code ZoneServer} handles the I/O. {@code ZoneAnswers} turns the octets of a query into the octets of a response
 * without I/O: {@code Query} reads the query, {@code ServedZones} finds the zone, and {@code ZoneSearch} fills the
 * response. It asks a {@code ZoneTree} for each name, which knows delegations, redirections (DNAME, RFC 6672), wildcards
 * and empty non-terminals (RFC 4592). {@code ServerCookies} makes the server's part of DNS Cookies (RFC 7873, RFC 9018).
 *
 * <p>{@link io.reactorstack.dns.server.RecursiveServer} answers with what a resolver finds. {@code Recursion} holds the
 * outstanding queries, {@code RecursiveResponse} builds a response.
 *
 * <p>{@link io.reactorstack.dns.server.DnsForwarder} relays queries to other servers. {@code Relay} holds the outstanding
 * queries, {@code RelayedMessage} reads as much of a message as that needs. {@code ServerPorts} has the ports of both.
 *
 * <p>The authoritative server supports no recursion, no zone transfers, no dynamic updates and no DNSSEC: the
 * DNSSEC records of a zone are records as all others.
 */
@NullMarked
package io.reactorstack.dns.server;

import org.jspecify.annotations.NullMarked;
