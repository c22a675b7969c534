package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** Why bytes are no message of ICMP or ICMPv6. */
public enum IcmpDefect implements DropReason {
  /** Shorter than its header. */
  TOO_SHORT,
  /** The checksum does not verify. */
  BAD_CHECKSUM;

  @Override
  public String layer() {
    return "icmp";
  }

  @Override
  public Kind kind() {
    return Kind.INBOUND;
  }
}
