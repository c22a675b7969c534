package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** The reasons for which {@link EthernetHeader#parse} and {@link FrameCheckSequence#parse} reject bytes. */
public enum EthernetDefect implements DropReason {
  /** The frame is shorter than its header. */
  TOO_SHORT,
  /** The frame check sequence does not match the frame. */
  BAD_CHECK_SEQUENCE;

  @Override
  public String layer() {
    return "ethernet";
  }

  @Override
  public Kind kind() {
    return Kind.INBOUND;
  }
}
