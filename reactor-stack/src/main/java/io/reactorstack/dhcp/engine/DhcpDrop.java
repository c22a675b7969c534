package io.reactorstack.dhcp.engine;

import io.reactorstack.packet.DropReason;

/** The reasons for which a client ignores a well-formed DHCP message. */
public enum DhcpDrop implements DropReason {
  /** The message is not one of a server. */
  NOT_A_REPLY,
  /** The transaction or the hardware address is another one than the client's. */
  OTHER_CLIENT,
  /** The client does not wait for a message of this type. */
  UNEXPECTED,
  /** The message does not come from the server that the client has chosen, or names no server. */
  OTHER_SERVER,
  /** The address cannot be that of a host, or the lease has no duration. */
  BAD_LEASE;

  @Override
  public String layer() {
    return "dhcp";
  }

  @Override
  public Kind kind() {
    return Kind.NOTICE;
  }
}
