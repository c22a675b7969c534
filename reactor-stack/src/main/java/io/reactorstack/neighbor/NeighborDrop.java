package io.reactorstack.neighbor;

import io.reactorstack.packet.DropReason;

/** Why address resolution drops something. */
public enum NeighborDrop implements DropReason {
  /** A sender that cannot be a station: a group, zero, or an IP address that names no host. */
  ARP_BAD_SENDER(Kind.INBOUND),
  /** Our own ARP packet, come back. */
  ARP_OWN_PACKET(Kind.INBOUND),
  /** Another station claims an address of ours (RFC 5227 section 2.4). */
  ADDRESS_CONFLICT(Kind.INBOUND),
  /** Pushed out of a full queue by a later packet while its next hop was being resolved. */
  WAITING_QUEUE_FULL(Kind.OUTBOUND),
  /** Was waiting for an answer when the neighbour was forgotten, for want of room or because the interface was closed. */
  ENTRY_REMOVED(Kind.OUTBOUND),
  /** The next hop did not answer. */
  NEXT_HOP_UNREACHABLE(Kind.OUTBOUND),
  /** The next hop's link address can neither be computed nor asked for. */
  UNRESOLVABLE(Kind.OUTBOUND),
  /** Our own link frames outran the device. */
  OWN_QUEUE_FULL(Kind.OUTBOUND),
  /** There was no memory for a link frame of our own. */
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
