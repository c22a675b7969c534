package io.reactorstack.device.stream;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.PacketAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/** Splits the byte stream into frames: each is preceded by its length in four bytes, most significant first. */
final class FrameReader {

  /**
   * The error for a length field that no frame can have: the peer does not use this framing, or the stream is out of
   * step. The data that follows cannot be decoded.
   */
  static final class BrokenStream extends IOException {

    private static final long serialVersionUID = 1L;

    BrokenStream(long length) {
      super("the peer announced a frame of " + length + " bytes, longer than any IP packet with an Ethernet header");
    }
  }

  /** The size of the length field, in bytes. */
  static final int LENGTH = 4;
  /** Longest possible frame, in bytes: the longest IP packet with an Ethernet header and a VLAN tag. */
  static final int LONGEST = 65_535 + 18;

  private static final int CAPACITY = 2 * (LENGTH + LONGEST);

  /** Bytes that were read from the socket and not yet decoded, between position and limit. */
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(CAPACITY).limit(0);

  /**
   * Reads available bytes into the free space of the buffer; returns the number of bytes, or -1 at the end of the
   * stream.
   */
  int fill(ReadableByteChannel from) throws IOException {
    buffer.compact();
    try {
      return from.read(buffer);
    } finally {
      buffer.flip();
    }
  }

  /** Returns whether {@link #next} would return a frame or throw. */
  boolean isReady() {
    if (buffer.remaining() < LENGTH) {
      return false;
    }
    long length = length();
    return length > LONGEST || buffer.remaining() - LENGTH >= length;
  }

  /** Returns the next frame, which the caller owns, or null if it has not arrived completely. */
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
    ByteBuf frame = PacketAllocator.DEFAULT.directBuffer((int) length, (int) length);
    frame.writeBytes(buffer.slice(start, (int) length));
    buffer.position(start + (int) length);
    return frame;
  }

  private long length() {
    return Integer.toUnsignedLong(buffer.getInt(buffer.position()));
  }
}
