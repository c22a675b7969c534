package io.reactorstack.multicast;

import io.reactorstack.packet.DropReason;

/** Why a well-formed message about groups is dropped; what is wrong with others is a {@code GroupDefect}. */
public enum MulticastDrop implements DropReason {
  /** A message without the Router Alert option that all of its kind carry (RFC 3376 section 9.1, RFC 3810 section 5). */
  NO_ROUTER_ALERT,
  /** IGMP in a packet of IPv6. */
  BAD_VERSION,
  /** MLD from an address that is not of the link (RFC 3810 section 5.1.14). */
  BAD_SOURCE,
  /** MLD that may have come from another link: a hop limit other than 1 (RFC 3810 section 5). */
  BAD_HOP_LIMIT,
  /** A query for all groups that was sent to another group than that of all hosts (RFC 9776 section 9.1). */
  BAD_DESTINATION,
  /** A report of the present version, or a farewell: only routers care. */
  FOR_ROUTERS,
  /** Came in where no groups are reported. */
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
