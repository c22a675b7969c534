package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** The reasons for which {@link TcpSegment#parse} rejects bytes. */
public enum TcpDefect implements DropReason {
  /** The segment has fewer than the 20 octets of a header. */
  TOO_SHORT,
  /** The data offset is below 5, or exceeds the segment. */
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
