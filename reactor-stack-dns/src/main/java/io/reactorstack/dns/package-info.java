/**
 * A DNS resolver on the stack's UDP and TCP (RFC 1034 section 5, RFC 1035 section 7).
 *
 * <p>{@link io.reactorstack.dns.DnsResolver} is the builder and the entry point: it asks recursive servers, or resolves
 * names itself from the root. It returns the records of a name as a {@link io.reactorstack.dns.DnsResponse}, or the
 * addresses of a host. A failed resolution ends with a {@link io.reactorstack.dns.outcome.DnsException}, whose reason says
 * whether a later try may succeed. The resolver is a {@link io.reactorstack.name.NameResolver}, so it can resolve names
 * for a stack and for Netty.
 *
 * <p>A question passes through the rooms from top to bottom: {@code address} completes a host's name and knows the hosts
 * file; {@code resolve} answers from the {@code cache}, follows aliases and decides which servers to ask;
 * {@code exchange} sends one query to one server; {@code transport} is the host's UDP and TCP. dnsjava encodes and decodes
 * the messages.
 *
 * <p>The resolver does not validate DNSSEC.
 */
@NullMarked
package io.reactorstack.dns;

import org.jspecify.annotations.NullMarked;
