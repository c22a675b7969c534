/**
 * A stub resolver on the stack's UDP and TCP (RFC 1034 section 5, RFC 1035 section 7).
 *
 * <p>{@link io.reactorstack.dns.DnsResolver} is the builder and the entry: it asks the configured servers, with a cache, a hosts
 * table and a search list. {@code Lookup} is one question on its way through candidates, servers and tries; {@code Questions}
 * sends a query and finds its answer. The resolver is a {@link io.reactorstack.name.NameResolver}, which makes it the names of a stack
 * and of Netty. Messages are read and written by dnsjava.
 */
@NullMarked
package io.reactorstack.dns;

import org.jspecify.annotations.NullMarked;
