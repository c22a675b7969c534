package io.reactorstack.icmp;

import io.reactorstack.packet.DropReason;

/** Why ICMP drops a message that is well formed; {@link io.reactorstack.wire.IcmpDefect} has the reasons for others. */
public enum IcmpDrop implements DropReason {
  /** A type that a host does not answer: source quench, redirect, timestamp, masks, or unknown. */
  IGNORED_TYPE,
  /** A code that its type does not have. */
  UNKNOWN_CODE,
  /** An echo request to a broadcast or multicast address (RFC 1122 section 3.2.2.6). */
  GROUP_ECHO,
  /** An echo request beyond the rate or the queue for answers. */
  ECHO_LIMIT,
  /** An echo request to whose sender no route leads. */
  NO_ROUTE,
  /** An echo reply that nobody waits for. */
  UNKNOWN_ECHO,
  /** An error whose quoted packet cannot be read. */
  BAD_QUOTE,
  /** A packet too big for an MTU that no link has: below 68 (IPv4) or 1280 (IPv6) bytes. */
  BAD_MTU,
  /** An error about a packet that this host cannot have sent. */
  NOT_OUR_PACKET,
  /** An error for a protocol that takes no errors. */
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
