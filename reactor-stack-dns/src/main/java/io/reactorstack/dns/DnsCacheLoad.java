package io.reactorstack.dns;

/**
 * The result of putting a dump into a resolver's cache: the fate of its lines.
 *
 * @param loaded the sets of records, and the absences, that were put into the cache
 * @param ended the sets and absences whose time to live is 0
 * @param malformed the lines that could not be read, or belong to a set of which lines are missing
 */
public record DnsCacheLoad(long loaded, long ended, long malformed) {}
