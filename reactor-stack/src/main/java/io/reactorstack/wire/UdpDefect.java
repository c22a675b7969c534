package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** The reasons for which {@link UdpHeader#parse} rejects bytes. */
public enum UdpDefect implements DropReason {
  /** The datagram is shorter than its header. */
  TOO_SHORT,
  /** The length field is below the header length or exceeds the packet. */
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
