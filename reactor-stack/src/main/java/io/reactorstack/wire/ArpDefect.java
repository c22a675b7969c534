package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** Why bytes are no ARP packet. */
public enum ArpDefect implements DropReason {
  /** An ARP packet shorter than its fields. */
  ARP_TOO_SHORT,
  /** ARP for another hardware or protocol than Ethernet and IPv4. */
  ARP_UNKNOWN_TYPE,
  /** ARP address lengths that do not fit the types. */
  ARP_BAD_LENGTH,
  /** Neither request nor reply. */
  ARP_UNKNOWN_OPERATION;

  @Override
  public String layer() {
    return "neighbor";
  }

  @Override
  public Kind kind() {
    return Kind.INBOUND;
  }
}
