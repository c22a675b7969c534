package io.reactorstack.offload;

import io.reactorstack.packet.DropReason;

/** The reasons for which a frame is dropped between the link layer and its device. */
public enum OffloadDrop implements DropReason {
  /** A frame with a segment size holds no whole TCP segment or UDP datagram that could be cut. */
  NOT_SEGMENTABLE;

  @Override
  public String layer() {
    return "offload";
  }

  @Override
  public Kind kind() {
    return Kind.OUTBOUND;
  }
}
