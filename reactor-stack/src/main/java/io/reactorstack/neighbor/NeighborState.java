package io.reactorstack.neighbor;

/** How much is known of a neighbour (RFC 4861 section 7.3.2). */
public enum NeighborState {
  /** Being asked for; its link address is not known. */
  INCOMPLETE,
  /** Confirmed within the reachable time. */
  REACHABLE,
  /** Known but not confirmed lately, and not in use. */
  STALE,
  /** In use, and waiting for a hint from above that it answers. */
  DELAY,
  /** In use and being asked directly. */
  PROBE,
  /** Did not answer; not asked again for a while. */
  FAILED
}
