/**
 * A stub resolver on the stack's UDP and TCP (RFC 1034 section 5, RFC 1035 section 7).
 *
 * <p>{@link io.reactorstack.dns.DnsResolver} is the builder and the entry point: it queries the configured servers,
 * with a cache, a hosts table and a search list. A failed resolution ends with a
 * {@link io.reactorstack.dns.DnsException}, whose reason says whether a later try may succeed. The resolver is a
 * {@link io.reactorstack.name.NameResolver}, so it can resolve names for a stack and for Netty.
 *
 * <p>A question passes through three classes. {@code Questions} answers it from the cache, or joins it to an identical
 * outstanding question. Otherwise {@code Lookup} sends it to one server after the other, first over UDP, and over TCP
 * if the answer is truncated or forged answers arrive. {@code AnswerReader} extracts the addresses, follows aliases,
 * and computes the time to live. dnsjava encodes and decodes the messages.
 *
 * <p>The resolver does not recurse, does not validate DNSSEC and resolves A and AAAA records only.
 */
@NullMarked
package io.reactorstack.dns;

import org.jspecify.annotations.NullMarked;
