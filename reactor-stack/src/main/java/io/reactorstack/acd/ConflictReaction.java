package io.reactorstack.acd;

/**
 * The reaction of a host to another station that uses one of its IPv4 addresses (RFC 5227 section 2.4). Each conflict
 * is reported as an event, whatever the reaction.
 */
public enum ConflictReaction {
  /** The host removes the address at the first conflict: (a) of the RFC. */
  GIVE_UP,
  /**
   * The host announces the address once, and removes it at another conflict within ten seconds: (b) of the RFC. This is
   * the reaction for link-local addresses, unless {@link #GIVE_UP} is set (RFC 3927 section 2.5).
   */
  DEFEND_ONCE,
  /** The host keeps the address and announces it, at most once in ten seconds: (c) of the RFC. */
  DEFEND_ALWAYS
}
