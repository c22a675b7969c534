package io.reactorstack.device;

import io.reactorstack.packet.DropReason;

/** The reasons for which a device drops a frame. */
public enum DeviceDrop implements DropReason {
  /** A frame to send is longer than the medium carries. */
  TOO_LONG(Kind.OUTBOUND),
  /** A received frame is longer than the MTU that the device had when it was opened allows. */
  TRUNCATED(Kind.INBOUND),
  /** The kernel describes the offloads of a received frame in a way that contradicts the frame. */
  BAD_OFFLOAD(Kind.INBOUND),
  /** A frame could not be sent because the interface is down. */
  INTERFACE_DOWN(Kind.OUTBOUND),
  /** The kernel had no memory for a frame to send. */
  NO_BUFFERS(Kind.OUTBOUND),
  /** The kernel refused a frame to send for another reason. */
  REFUSED(Kind.OUTBOUND),
  /** A frame arrived after the subscriber had cancelled. */
  CANCELLED(Kind.INBOUND),
  /** No memory was available to read frames into: they wait in the medium, or are dropped there. */
  NO_MEMORY(Kind.NOTICE);

  private final Kind kind;

  DeviceDrop(Kind kind) {
    this.kind = kind;
  }

  @Override
  public String layer() {
    return "device";
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
