package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** Why the bytes of a packet are no TCP segment. */
public enum TcpDefect implements DropReason {
  /** Fewer than the 20 bytes of a header. */
  TOO_SHORT,
  /** A data offset below 5, or past the end of the segment. */
  BAD_DATA_OFFSET,
  /** The checksum does not verify. */
  BAD_CHECKSUM;

  @Override
  public String layer() {
    return "tcp";
  }

  @Override
  public Kind kind() {
    return Kind.INBOUND;
  }
}
