package io.reactorstack.dns.cache;

/** The knowledge of the cache about a name and a type. */
public sealed interface Known permits RRset, Absence, Failure {

  /** The time at which the knowledge ends, in nanoseconds of the cache's clock. */
  long expiry();
}
