package io.reactorstack.device.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/** Cuts the stream into frames: a length of four bytes, most significant first, then as many bytes. */
final class FrameReader {

  /** The stream is none of frames, or is out of step; nothing after this point can be understood. */
  static final class BrokenStream extends IOException {

    private static final long serialVersionUID = 1L;

    BrokenStream(long length) {
      super("it announced a frame of " + length + " bytes, more than any IP packet with its Ethernet header has");
    }
  }

  /** Bytes of the length. */
  static final int LENGTH = 4;
  /** Longest frame there can be: the longest IP packet behind an Ethernet header with a VLAN tag. */
  static final int LONGEST = 65_535 + 18;

  private static final int CAPACITY = 2 * (LENGTH + LONGEST);

  /** What came and was not taken, between position and limit. */
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(CAPACITY).limit(0);

  /** Reads what has come, as far as there is room; returns how many bytes, or -1 after the last. */
  int fill(ReadableByteChannel from) throws IOException {
    buffer.compact();
    try {
      return from.read(buffer);
    } finally {
      buffer.flip();
    }
  }

  /** Whether {@link #next} would return a frame, or fail. */
  boolean isReady() {
    if (buffer.remaining() < LENGTH) {
      return false;
    }
    long length = length();
    return length > LONGEST || buffer.remaining() - LENGTH >= length;
  }

  /** The next frame, which belongs to the caller, or null if it has not come as a whole. */
  @Nullable
  ByteBuf next() throws BrokenStream {
    if (!isReady()) {
      return null;
    }
    long length = length();
    if (length > LONGEST) {
      throw new BrokenStream(length);
    }
    int start = buffer.position() + LENGTH;
    ByteBuf frame = ByteBufAllocator.DEFAULT.directBuffer((int) length);
    frame.writeBytes(buffer.slice(start, (int) length));
    buffer.position(start + (int) length);
    return frame;
  }

  private long length() {
    return Integer.toUnsignedLong(buffer.getInt(buffer.position()));
  }
}
