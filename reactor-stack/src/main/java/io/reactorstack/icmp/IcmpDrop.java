package io.reactorstack.icmp;

import io.reactorstack.packet.DropReason;

/**
 * The reasons for which ICMP drops a well-formed message; {@link io.reactorstack.wire.IcmpDefect} has those for
 * malformed ones.
 */
public enum IcmpDrop implements DropReason {
  /** A type that this host ignores: source quench, timestamp, address mask, or unknown; a redirect unless it is set. */
  IGNORED_TYPE,
  /** A code that is not defined for the type. */
  UNKNOWN_CODE,
  /** An echo request to a broadcast or multicast address (RFC 1122 section 3.2.2.6). */
  GROUP_ECHO,
  /** An echo request that exceeds the rate limit or the queue for replies. */
  ECHO_LIMIT,
  /** An echo request to a host that is set not to answer. */
  ECHO_IGNORED,
  /** An echo request without a route to its sender. */
  NO_ROUTE,
  /** An echo reply that matches no outstanding probe. */
  UNKNOWN_ECHO,
  /** An error whose quoted packet cannot be parsed. */
  BAD_QUOTE,
  /** A packet too big error with an MTU below the minimum of any link: 68 (IPv4) or 1280 (IPv6) bytes. */
  BAD_MTU,
  /** A redirect to an unsuitable gateway, or not from the current gateway of its destination. */
  BAD_REDIRECT,
  /** An error about a packet that this host cannot have sent: its source is not one of the host's addresses. */
  NOT_OUR_PACKET,
  /** An error for a protocol that has no error handler. */
  UNWANTED_ERROR;

  @Override
  public String layer() {
    return "icmp";
  }

  @Override
  public Kind kind() {
    return Kind.INBOUND;
  }
}
