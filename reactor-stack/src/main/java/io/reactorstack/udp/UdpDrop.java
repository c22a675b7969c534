package io.reactorstack.udp;

import io.reactorstack.packet.DropReason;

/** Why UDP drops a datagram that is well formed; {@link io.reactorstack.wire.UdpDefect} has the reasons for others. */
public enum UdpDrop implements DropReason {
  /** Nobody has the port, or nobody who has it listens to the group. */
  NO_SOCKET(Kind.INBOUND),
  /** The host's memory limit leaves no room for it. */
  MEMORY_LIMIT(Kind.INBOUND),
  /** The socket's owner does not read fast enough. */
  RECEIVE_QUEUE_FULL(Kind.INBOUND),
  /** To be sent, but no route leads to the destination. */
  NO_ROUTE(Kind.OUTBOUND),
  /** To be sent, but to port 0, to the unspecified address, or without a destination on a socket that is not connected. */
  BAD_DESTINATION(Kind.OUTBOUND),
  /** To be sent, but from an address that is not this host's, of the other version of IP, or loopback beyond this host. */
  BAD_SOURCE(Kind.OUTBOUND),
  /** To be sent, but longer than what is known to pass. */
  TOO_LONG(Kind.OUTBOUND),
  /** To be sent, but its buffer had been released before. */
  RELEASED(Kind.OUTBOUND),
  /**
   * To be sent, but there was no memory for that; as a {@linkplain io.reactorstack.layer.Drops#note notice} also a copy that one of
   * several sockets misses, and a datagram that could not be handed to its reader.
   */
  NO_MEMORY(Kind.OUTBOUND),
  /** Waited for a device that failed. */
  DEVICE_FAILED(Kind.OUTBOUND);

  private final Kind kind;

  UdpDrop(Kind kind) {
    this.kind = kind;
  }

  @Override
  public String layer() {
    return "udp";
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
