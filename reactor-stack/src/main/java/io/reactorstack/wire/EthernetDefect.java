package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** Why bytes are no Ethernet frame. */
public enum EthernetDefect implements DropReason {
  /** Shorter than its header. */
  TOO_SHORT;

  @Override
  public String layer() {
    return "ethernet";
  }

  @Override
  public Kind kind() {
    return Kind.INBOUND;
  }
}
