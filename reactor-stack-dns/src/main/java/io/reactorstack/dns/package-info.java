/**
 * A stub resolver on the stack's UDP and TCP (RFC 1034 section 5, RFC 1035 section 7).
 *
 * <p>{@link io.reactorstack.dns.DnsResolver} is the builder and the entry: it asks the configured servers, with a cache, a hosts
 * table and a search list. {@code Questions} answers a question from the cache, or joins it to one that is under way; {@code Lookup}
 * sends a question to one server after the other until one has answered. The resolver is a {@link io.reactorstack.name.NameResolver}, which makes it the names of a stack
 * and of Netty. Messages are read and written by dnsjava.
 */
@NullMarked
package io.reactorstack.dns;

import org.jspecify.annotations.NullMarked;
