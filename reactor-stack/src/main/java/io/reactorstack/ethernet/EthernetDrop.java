package io.reactorstack.ethernet;

import io.reactorstack.packet.DropReason;

/** Why the link layer drops a frame. */
public enum EthernetDrop implements DropReason {
  /** For another station, or a group nobody here has joined. */
  NOT_FOR_US,
  /** The sender's address is a group's or zero: no station has such an address. */
  BAD_SOURCE,
  /** Tagged for another VLAN than the one configured, or untagged where one is configured. */
  OTHER_VLAN,
  /** An IEEE 802.3 length where the EtherType is expected: LLC is not spoken here. */
  LENGTH_FRAME,
  /** An EtherType of a protocol that this host does not speak. */
  UNKNOWN_TYPE;

  @Override
  public String layer() {
    return "ethernet";
  }

  @Override
  public Kind kind() {
    return Kind.INBOUND;
  }
}
