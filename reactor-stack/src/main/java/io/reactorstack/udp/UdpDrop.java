package io.reactorstack.udp;

import io.reactorstack.layer.DropReason;

/** Why UDP drops a datagram. */
public enum UdpDrop implements DropReason {
  /** Shorter than its header. */
  TOO_SHORT,
  /** A length below the header's or beyond the packet. */
  BAD_LENGTH,
  /** The checksum does not verify. */
  BAD_CHECKSUM,
  /** Nobody has the port, or nobody who has it listens to the group. */
  NO_SOCKET,
  /** The socket's owner does not read fast enough. */
  RECEIVE_QUEUE_FULL;

  @Override
  public String layer() {
    return "udp";
  }
}
