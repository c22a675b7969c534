package io.reactorstack.multicast;

import io.reactorstack.packet.DropReason;

/**
 * The reasons for which a well-formed IGMP or MLD message is dropped; {@code GroupDefect} has those for malformed ones.
 */
public enum MulticastDrop implements DropReason {
  /**
   * A message without the Router Alert option, which the protocol requires (RFC 3376 section 9.1, RFC 3810 section 5).
   */
  NO_ROUTER_ALERT,
  /** An IGMP message in an IPv6 packet. */
  BAD_VERSION,
  /** An MLD message from an address that is not link-local (RFC 3810 section 5.1.14). */
  BAD_SOURCE,
  /** An MLD message that may come from another link: its hop limit is not 1 (RFC 3810 section 5). */
  BAD_HOP_LIMIT,
  /** A general query to a group other than that of all hosts (RFC 9776 section 9.1). */
  BAD_DESTINATION,
  /** A message that only routers process: a report of the current version, or a leave message. */
  FOR_ROUTERS,
  /** A message received on an interface without group reports, such as the loopback. */
  NO_INTERFACE;

  @Override
  public String layer() {
    return "multicast";
  }

  @Override
  public Kind kind() {
    return Kind.INBOUND;
  }
}
