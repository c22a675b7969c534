package io.reactorstack.device;

/** Sees the frames that pass a point of the network, such as a device: a capture, a story, a counter. */
@FunctionalInterface
public interface FrameObserver {

  /** Which way a frame passes, seen from the device's host. */
  enum Direction {
    /** From the medium to the host. */
    RECEIVED,
    /** From the host to the medium. */
    SENT
  }

  /**
   * A frame passes; called on the device's event loop, in the order in which frames pass.
   *
   * @param direction which way
   * @param frame the frame, lent for the call: its buffer's content and indices are not to be changed, and it is neither
   *     released nor kept
   * @param nanos the loop's clock
   */
  void observe(Direction direction, Frame frame, long nanos);
}
