package io.reactorstack.wire;

/** Which generation of the protocol a message belongs to, or an interface speaks (RFC 3376 section 7, RFC 3810 section 8). */
public enum Compatibility {
  /** IGMPv3, MLDv2. */
  SOURCES,
  /** IGMPv2, MLDv1: groups only. */
  GROUPS,
  /** IGMPv1: groups, and nobody says that he leaves one. */
  JOINS
}
