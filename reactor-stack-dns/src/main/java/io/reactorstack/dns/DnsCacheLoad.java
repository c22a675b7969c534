package io.reactorstack.dns;

/**
 * What became of the lines of a dump that were put into a resolver's cache.
 *
 * @param loaded the sets of records, and the absences, that were put into the cache
 * @param ended the sets and absences whose time to live is 0
 * @param malformed the lines that could not be read, or belong to a set of which lines are missing
 */
public record DnsCacheLoad(long loaded, long ended, long malformed) {}
