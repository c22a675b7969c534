package io.reactorstack.lab;

import io.reactorstack.packet.DropReason;

/** The reasons for which a wire drops frames, apart from those of effects. */
public enum WireDrop implements DropReason {
  /** Lost by chance, as {@link Impairment#loss} says. */
  LOST,
  /** The queue of the bottleneck was full. */
  QUEUE_FULL,
  /** As many frames were under way as {@link Impairment#limit} allows. */
  LIMIT,
  /** The wire was cut, or was cut while the frame was under way. */
  CUT,
  /** The sender and the receiver are parted ({@link Lab#partition}). */
  PARTITIONED,
  /** Nothing is plugged in at the other end. */
  UNPLUGGED,
  /** The device at the other end does not take frames fast enough. */
  RECEIVER_FULL;

  @Override
  public String layer() {
    return "wire";
  }

  @Override
  public Kind kind() {
    return Kind.INBOUND;
  }
}
