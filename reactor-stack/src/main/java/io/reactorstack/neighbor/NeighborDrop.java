package io.reactorstack.neighbor;

import io.reactorstack.packet.DropReason;

/** Why address resolution drops something. */
public enum NeighborDrop implements DropReason {
  /** A sender that cannot be a station: a group, zero, or an IP address that names no host. */
  ARP_BAD_SENDER,
  /** Our own ARP packet, come back. */
  ARP_OWN_PACKET,
  /** Another station claims an address of ours (RFC 5227 section 2.4). */
  ADDRESS_CONFLICT,
  /** Pushed out of a full queue by a later packet while its next hop was being resolved. */
  WAITING_QUEUE_FULL,
  /** Was waiting for an answer when the neighbour was forgotten, for want of room or because the interface was closed. */
  ENTRY_REMOVED,
  /** The next hop did not answer. */
  NEXT_HOP_UNREACHABLE,
  /** The next hop's link address can neither be computed nor asked for. */
  UNRESOLVABLE,
  /** Our own link frames outran the device. */
  OWN_QUEUE_FULL,
  /** There was no memory for a link frame of our own. */
  NO_MEMORY;

  @Override
  public String layer() {
    return "neighbor";
  }
}
