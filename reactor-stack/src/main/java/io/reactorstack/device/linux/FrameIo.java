package io.reactorstack.device.linux;

import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.Frame;
import java.util.Deque;

/**
 * Reads and writes the frames of one kind of descriptor; confined to the loop.
 *
 * <p>Results are zero or a negated {@code errno}.
 */
interface FrameIo {

  /** The receiver of the frames that {@link FrameIo#read} reads. */
  interface Sink {

    /** The number of frames that the sink accepts at present. */
    int room();

    /** Accepts {@code frame} and takes ownership of it. */
    void next(Frame frame);

    /** Records a frame that could not be received; it counts against {@link #room} as any other frame does. */
    void dropped(DeviceDrop reason);
  }

  int fd();

  /** Reads frames until there are no more or {@code sink} has no room. */
  int read(long ingressNanos, Sink sink);

  /** The number of frames that are to wait for one call of {@link #write}; 1 if each is written at once. */
  int batch();

  /**
   * Writes the first frames of {@code frames}, which is not empty, and leaves them there. Returns their number, at least
   * 1 and at most {@link #batch}, or the negated {@code errno} for the first frame.
   */
  int write(Deque<Frame> frames);

  /**
   * Called after an error: returns the negated {@code errno} if the medium has failed permanently, or 0 if it may
   * recover.
   */
  int fate();

  /** The index of the interface in the network namespace in which it was opened. */
  int interfaceIndex();

  /** Returns whether the descriptor is writable only while the interface is up. */
  boolean hasRoomOnlyWhileUp();

  /** Returns whether the interface is down and the descriptor would not report its deletion. */
  boolean isDown();

  /** Closes the descriptor and releases the buffers; called once. */
  void close();
}
