/**
 * The look-ups of the JVM. The JDK creates {@link io.reactorstack.dns.jvm.lookup.JvmResolverProvider} once, at its first
 * look-up, and calls {@code RoutedLookup} for each name or address that its cache does not have. That passes the question
 * to the world of the calling thread ({@code WorldLookup}), to the {@code DnsResolver} that was set ({@code DnsLookup},
 * which waits by {@code BlockingAnswer}), or to the JDK's built-in resolver.
 */
@NullMarked
package io.reactorstack.dns.jvm.lookup;

import org.jspecify.annotations.NullMarked;
