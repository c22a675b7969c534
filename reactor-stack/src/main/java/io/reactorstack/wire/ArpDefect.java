package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** The reasons for which {@link ArpPacket} rejects bytes of ARP or RARP. */
public enum ArpDefect implements DropReason {
  /** The packet is shorter than its fields. */
  ARP_TOO_SHORT,
  /** The hardware type is not Ethernet, or the protocol type is not IPv4. */
  ARP_UNKNOWN_TYPE,
  /** An address length does not match the hardware or protocol type. */
  ARP_BAD_LENGTH,
  /** The operation is neither a request nor a reply of the protocol. */
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
