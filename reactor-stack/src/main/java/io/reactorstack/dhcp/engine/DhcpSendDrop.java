package io.reactorstack.dhcp.engine;

import io.reactorstack.packet.DropReason;

/** The reasons for which a message of a client is not sent. */
public enum DhcpSendDrop implements DropReason {
  /** There is no route to the server. */
  NO_ROUTE,
  /** Too many messages wait for the device. */
  QUEUE_FULL,
  /** There is no memory for the message. */
  NO_MEMORY;

  @Override
  public String layer() {
    return "dhcp";
  }

  @Override
  public Kind kind() {
    return Kind.OUTBOUND;
  }
}
