package io.reactorstack.device;

import io.reactorstack.packet.DropReason;

/** Why a device dropped a frame. */
public enum DeviceDrop implements DropReason {
  /** A frame to send is larger than the medium carries. */
  TOO_LONG(Kind.OUTBOUND),
  /** A received frame is larger than the MTU that the device had when it was opened. */
  TRUNCATED(Kind.INBOUND),
  /** A frame to send met an interface that is down. */
  INTERFACE_DOWN(Kind.OUTBOUND),
  /** The kernel had no memory for a frame to send. */
  NO_BUFFERS(Kind.OUTBOUND),
  /** The kernel refused a frame to send for another reason. */
  REFUSED(Kind.OUTBOUND),
  /** A received frame came in after the subscriber had cancelled. */
  CANCELLED(Kind.INBOUND),
  /** There was no memory to read frames into: they wait in the medium, or are dropped there. */
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
