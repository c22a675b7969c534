package io.reactorstack.neighbor;

/** The reachability state of a neighbour (RFC 4861 section 7.3.2). */
public enum NeighborState {
  /** Address resolution is in progress; the MAC address is not known. */
  INCOMPLETE,
  /** Confirmed within the reachable time. */
  REACHABLE,
  /** The MAC address is known, but not confirmed within the reachable time, and no packet has been sent since. */
  STALE,
  /** A packet was sent to the stale address; the cache waits for a confirmation by a transport before it probes. */
  DELAY,
  /** The cache sends unicast probes. */
  PROBE,
  /** The neighbour did not answer; the cache does not request its address again for a while. */
  FAILED
}
