package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** The reasons for which {@link EthernetHeader#parse} rejects bytes. */
public enum EthernetDefect implements DropReason {
  /** The frame is shorter than its header. */
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
