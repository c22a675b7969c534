package io.reactorstack.neighbor;

import io.reactorstack.packet.DropReason;

/** The reasons for which address resolution drops messages and packets. */
public enum NeighborDrop implements DropReason {
  /**
   * The sender of an ARP message cannot be a station: its MAC address is a group or zero, or its IP address does not
   * identify a host.
   */
  ARP_BAD_SENDER(Kind.INBOUND),
  /** An ARP message of this host was received by the host itself. */
  ARP_OWN_PACKET(Kind.INBOUND),
  /** Another station claims an address of this host (RFC 5227 section 2.4). */
  ADDRESS_CONFLICT(Kind.INBOUND),
  /** A RARP request asks for a station that no table of this host contains, or this host is no server. */
  RARP_UNKNOWN_STATION(Kind.INBOUND),
  /** A RARP reply is not for this station, or this host has no outstanding request. */
  RARP_UNEXPECTED_REPLY(Kind.INBOUND),
  /** A RARP reply contains an address that no host can have. */
  RARP_BAD_ADDRESS(Kind.INBOUND),
  /** A later packet displaced this one from a full queue while the next hop was being resolved. */
  WAITING_QUEUE_FULL(Kind.OUTBOUND),
  /**
   * The cache removed the neighbour while the packet waited for its MAC address, or before the packet was sent to it:
   * the cache was full, or the interface was closed.
   */
  ENTRY_REMOVED(Kind.OUTBOUND),
  /** The next hop did not answer. */
  NEXT_HOP_UNREACHABLE(Kind.OUTBOUND),
  /** The MAC address of the next hop can neither be computed nor requested. */
  UNRESOLVABLE(Kind.OUTBOUND),
  /** Too many of the link's own frames wait for the device, or the interface is closed. */
  OWN_QUEUE_FULL(Kind.OUTBOUND),
  /** No memory was available for a message of this host. */
  NO_MEMORY(Kind.OUTBOUND);

  private final Kind kind;

  NeighborDrop(Kind kind) {
    this.kind = kind;
  }

  @Override
  public String layer() {
    return "neighbor";
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
