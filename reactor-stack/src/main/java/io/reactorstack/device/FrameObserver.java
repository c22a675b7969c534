package io.reactorstack.device;

/** Sees the frames that cross a device, without taking part. */
@FunctionalInterface
public interface FrameObserver {

  /** Which way a frame goes, seen from the host. */
  enum Direction {
    /** From the medium to the host. */
    RECEIVED,
    /** From the host to the medium; the medium may still refuse it. */
    SENT
  }

  /**
   * A frame goes by; called on the device's loop.
   *
   * <p>The frame is only lent: an observer neither changes nor releases it, and copies what it wants to keep.
   *
   * @param nanos the loop's clock
   */
  void onFrame(Direction direction, Frame frame, long nanos);
}
