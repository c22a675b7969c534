package io.reactorstack.udp;

import io.reactorstack.packet.DropReason;

/** Why UDP drops a datagram that is well formed; {@link io.reactorstack.wire.UdpDefect} has the reasons for others. */
public enum UdpDrop implements DropReason {
  /** Nobody has the port, or nobody who has it listens to the group. */
  NO_SOCKET,
  /** The host's memory limit leaves no room for it. */
  MEMORY_LIMIT,
  /** The socket's owner does not read fast enough. */
  RECEIVE_QUEUE_FULL,
  /** To be sent, but no route leads to the destination. */
  NO_ROUTE,
  /** To be sent, but to port 0, to the unspecified address, or without a destination on a socket that is not connected. */
  BAD_DESTINATION,
  /** To be sent, but from an address that is not this host's, of the other version of IP, or loopback beyond this host. */
  BAD_SOURCE,
  /** To be sent, but longer than what is known to pass. */
  TOO_LONG,
  /** To be sent, but its buffer had been released before. */
  RELEASED,
  /** To be sent, or to be handed to the receiver, but there was no memory for that. */
  NO_MEMORY,
  /** Waited for a device that failed. */
  DEVICE_FAILED;

  @Override
  public String layer() {
    return "udp";
  }
}
