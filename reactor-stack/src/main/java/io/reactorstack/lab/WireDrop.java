package io.reactorstack.lab;

import io.reactorstack.layer.DropReason;

/** Why a direction of a wire did not deliver a frame. */
public enum WireDrop implements DropReason {
  /** Lost by chance, as {@link Impairment#loss} says. */
  LOST,
  /** The queue of the bottleneck was full. */
  QUEUE_FULL,
  /** The wire was cut, or was cut while the frame was under way. */
  CUT,
  /** Nothing is plugged in at the other end. */
  UNPLUGGED,
  /** Whoever is plugged in at the other end does not take frames fast enough. */
  RECEIVER_FULL;

  @Override
  public String layer() {
    return "wire";
  }
}
