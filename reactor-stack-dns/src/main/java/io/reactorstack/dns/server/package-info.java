/**
 * A small authoritative DNS server on the stack, for the lab and for tests (RFC 1034 section 4.3).
 *
 * <p>{@link io.reactorstack.dns.server.Zone} describes the names of a domain; {@link io.reactorstack.dns.server.ZoneServer}
 * serves zones over UDP and TCP. Inside, octets of a query become octets of an answer without I/O ({@code ZoneAnswers}), and
 * a zone finds what it has for a name, with wildcards as RFC 4592 wants them ({@code ZoneTree}).
 *
 * <p>There is no recursion, no transfer, no update and no DNSSEC.
 */
@NullMarked
package io.reactorstack.dns.server;

import org.jspecify.annotations.NullMarked;
