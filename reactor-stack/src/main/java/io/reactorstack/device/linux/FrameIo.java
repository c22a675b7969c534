package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;

/**
 * How frames get through one kind of descriptor; confined to the loop.
 *
 * <p>Results are zero, or a negated {@code errno}. A descriptor that hands over merged segments behind a {@code
 * virtio_net_hdr} has an implementation that translates that header into {@link Frame#facts()}.
 */
interface FrameIo {

  /** Takes received frames. */
  interface Sink {

    /** How many frames are welcome now. */
    int room();

    /** Takes ownership of {@code frame}. */
    void next(Frame frame);

    /** Notes a frame that was too long to be received; it takes room like any other. */
    void truncated();
  }

  int fd();

  /** Longest frame that may be sent, in bytes. */
  int maxFrameBytes();

  /** Reads frames until there are no more or {@code sink} has no room. */
  int read(long ingressNanos, Sink sink);

  /** Writes the {@code length} bytes at {@code index} of a buffer that has a memory address, as one frame. */
  int write(ByteBuf buffer, int index, int length);

  /** After an error: the {@code errno} by which the medium is gone for good, negated, or 0 if it may recover. */
  int fate();

  /** The interface's number in the network namespace in which it was opened. */
  int interfaceIndex();

  /** Whether the descriptor has room for a frame exactly while the interface is up. */
  boolean hasRoomOnlyWhileUp();

  /** Whether the interface is down and its deletion would go unnoticed. */
  boolean isDown();

  /** Closes the descriptor and releases what is held; called once. */
  void close();
}
