package io.reactorstack.device;

/** Observes the frames that a device receives and sends, without changing them. */
@FunctionalInterface
public interface FrameObserver {

  /** The direction of a frame, seen from the host. */
  enum Direction {
    /** From the medium to the host. */
    RECEIVED,
    /** From the host to the medium, which may still refuse it. */
    SENT
  }

  /**
   * Called on the device's loop for each frame.
   *
   * <p>The observer may read the frame during the call only: it must not change or release it, and must copy what it
   * keeps.
   *
   * @param nanos the time on the loop's clock, in nanoseconds
   */
  void onFrame(Direction direction, Frame frame, long nanos);
}
