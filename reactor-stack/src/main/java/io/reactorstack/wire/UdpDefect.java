package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** Why bytes are no UDP datagram. */
public enum UdpDefect implements DropReason {
  /** Shorter than its header. */
  TOO_SHORT,
  /** A length below the header's or beyond the packet. */
  BAD_LENGTH,
  /** The checksum does not verify. */
  BAD_CHECKSUM;

  @Override
  public String layer() {
    return "udp";
  }

  @Override
  public Kind kind() {
    return Kind.INBOUND;
  }
}
