/**
 * Resolving questions: from the cache, or by asking servers (RFC 1034 section 5.3.3).
 *
 * <p>{@link io.reactorstack.dns.resolve.Resolutions} is the entry point: it returns the
 * {@link io.reactorstack.dns.resolve.Answer} to a question, and lets equal questions that are outstanding share one
 * {@code Resolution}. A {@code Resolution} follows aliases. For each name it looks into the cache ({@code CacheWalk}) and
 * then lets a {@link io.reactorstack.dns.resolve.Finder} ask servers: {@link io.reactorstack.dns.resolve.StubFinder} asks
 * configured recursive servers, {@link io.reactorstack.dns.resolve.IterativeFinder} descends from the root through the
 * delegations ({@code Descent}). {@code Tries} asks one server after the other; {@code ReplyReader} says what a response
 * means. {@code Job} holds the limits of the work for one question (RFC 1035 section 7.1).
 */
@NullMarked
package io.reactorstack.dns.resolve;

import org.jspecify.annotations.NullMarked;
