/**
 * The cache of a resolver: sets of records with their trust, and what is known not to exist (RFC 2181 section 5, RFC
 * 2308).
 *
 * <p>{@link io.reactorstack.dns.cache.RecordCache} keeps for each name the {@link io.reactorstack.dns.cache.RRset}s of
 * its types, the {@link io.reactorstack.dns.cache.Absence} of the name or of a type, and the
 * {@link io.reactorstack.dns.cache.Failure}s to resolve it (RFC 9520). A set is replaced as a whole, and only by data of
 * at least the same {@link io.reactorstack.dns.cache.Trust}. All values are immutable, so any thread may read them.
 */
@NullMarked
package io.reactorstack.dns.cache;

import org.jspecify.annotations.NullMarked;
