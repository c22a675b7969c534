package io.reactorstack.lab;

import io.reactorstack.packet.DropReason;

/** The reasons for which a wire itself drops frames; effects have their own. */
public enum WireDrop implements DropReason {
  /** Lost by chance, according to {@link Impairment#loss}. */
  LOST,
  /** The queue of the bottleneck was full. */
  QUEUE_FULL,
  /** The number of frames in transit had reached {@link Impairment#limit}. */
  LIMIT,
  /** The wire was cut, before or while the frame was in transit. */
  CUT,
  /** The sender and the receiver are separated by {@link Lab#partition}. */
  PARTITIONED,
  /** No device is plugged in at the receiving end. */
  UNPLUGGED,
  /** The frame check sequence was wrong at the receiving end; only on a wire that {@link Wire#frameCheck carries} it. */
  BAD_FRAME_CHECK,
  /** The device at the receiving end does not take frames fast enough. */
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
