package io.reactorstack.wire;

/**
 * A generation of IGMP or MLD: that of a message, or that in which an interface operates (RFC 3376 section 7, RFC 3810
 * section 8).
 */
public enum Compatibility {
  /** IGMPv3 and MLDv2: groups with lists of sources. */
  SOURCES,
  /** IGMPv2 and MLDv1: groups without sources. */
  GROUPS,
  /** IGMPv1: groups without sources and without a leave message. */
  JOINS
}
