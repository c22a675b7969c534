/**
 * Measures the DNS resolver beside dnsjava's and Netty's: {@link io.reactorstack.benchmarks.dns.DnsSpeed} runs everything.
 *
 * <p>{@link io.reactorstack.benchmarks.dns.DnsCacheBenchmark} and {@link io.reactorstack.benchmarks.dns.DnsQueryBenchmark}
 * are the JMH benchmarks of look-ups in a cache and of queries to a server, which is NSD in a process of its own. The
 * constants of {@link io.reactorstack.benchmarks.dns.CachedLookup} and {@link
 * io.reactorstack.benchmarks.dns.UncachedResolver} are what they compare.
 */
package io.reactorstack.benchmarks.dns;
