package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;

/**
 * Reads and writes the frames of one kind of descriptor; confined to the loop.
 *
 * <p>Results are zero or a negated {@code errno}. An implementation for a descriptor that delivers merged segments
 * behind a {@code virtio_net_hdr} would translate that header into {@link Frame#facts()}.
 */
interface FrameIo {

  /** The receiver of the frames that {@link FrameIo#read} reads. */
  interface Sink {

    /** The number of frames that the sink accepts at present. */
    int room();

    /** Accepts {@code frame} and takes ownership of it. */
    void next(Frame frame);

    /** Records a frame that was too long to be received; it counts against {@link #room} as any other frame does. */
    void truncated();
  }

  int fd();

  /** The longest frame that may be sent, in bytes. */
  int maxFrameBytes();

  /** Reads frames until there are no more or {@code sink} has no room. */
  int read(long ingressNanos, Sink sink);

  /** Writes the {@code length} bytes at {@code index} of a buffer that has a memory address, as one frame. */
  int write(ByteBuf buffer, int index, int length);

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
