package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** The reasons for which {@link Icmpv4Header#parse} and {@link Icmpv6Header#parse} reject bytes. */
public enum IcmpDefect implements DropReason {
  /** The message is shorter than its header. */
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
