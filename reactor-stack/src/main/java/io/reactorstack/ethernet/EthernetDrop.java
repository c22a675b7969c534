package io.reactorstack.ethernet;

import io.reactorstack.packet.DropReason;

/** The reasons for which the link layer drops a received frame. */
public enum EthernetDrop implements DropReason {
  /** The frame is addressed to another station, or to a group that this station has not joined. */
  NOT_FOR_US,
  /** The source address is a group or zero, which no station can have. */
  BAD_SOURCE,
  /** The frame is tagged for a VLAN that no interface of the device is in. */
  OTHER_VLAN,
  /** The type field is an IEEE 802.3 length; LLC is not supported. */
  LENGTH_FRAME,
  /** The EtherType is not supported. */
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
