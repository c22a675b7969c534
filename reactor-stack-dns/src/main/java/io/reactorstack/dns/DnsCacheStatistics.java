package io.reactorstack.dns;

/**
 * Figures of a resolver's cache since the resolver was created.
 *
 * @param names the number of names in the cache, with those whose records have ended
 * @param octets the estimated size of the cache
 * @param hits the questions that the cache answered
 * @param misses the questions that needed a query, or joined one
 * @param stale the questions that were answered with records that had ended
 * @param renewals the sets of records that were renewed before their end
 * @param evictions the names that were removed because the cache was full
 */
public record DnsCacheStatistics(
    long names, long octets, long hits, long misses, long stale, long renewals, long evictions) {}
