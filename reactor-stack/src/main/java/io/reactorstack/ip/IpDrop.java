package io.reactorstack.ip;

import io.reactorstack.packet.DropReason;

/** Why the internet layer drops a packet that is well formed; what is wrong with others is an {@code IpDefect}. */
public enum IpDrop implements DropReason {
  /** A source that names no host, or us (RFC 1122 section 3.2.1.3). */
  BAD_SOURCE(Kind.INBOUND),
  /** Addressed to another host, a network that is not ours, or a group not joined; hosts do not forward. */
  NOT_FOR_US(Kind.INBOUND),
  /** A unicast packet in a link-layer broadcast or multicast (RFC 1122 section 3.3.6). */
  UNICAST_IN_GROUP_FRAME(Kind.INBOUND),
  /** A fragment: reassembly is not implemented. */
  FRAGMENT(Kind.INBOUND),
  /** A protocol that nobody here speaks. */
  UNKNOWN_PROTOCOL(Kind.INBOUND),
  /** To be sent, but no route leads to the destination. */
  NO_ROUTE(Kind.OUTBOUND),
  /** To be sent, but longer than the interface's MTU. */
  TOO_BIG(Kind.OUTBOUND),
  /**
   * To be sent, but from an address that is not ours or of the other version, with a hop limit of zero, or to a group that does not
   * leave the host.
   */
  BAD_OUTBOUND(Kind.OUTBOUND);

  private final Kind kind;

  IpDrop(Kind kind) {
    this.kind = kind;
  }

  @Override
  public String layer() {
    return "ip";
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
