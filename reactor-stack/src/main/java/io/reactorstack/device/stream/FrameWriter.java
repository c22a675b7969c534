package io.reactorstack.device.stream;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Puts frames into the stream, several with one call of the system, and remembers the rest of one that the socket took
 * in part: what follows it would be nonsense otherwise, whoever sends it.
 */
final class FrameWriter {

  private static final int CAPACITY = 2 * (FrameReader.LENGTH + FrameReader.LONGEST);

  /** What the socket has not taken, up to the position. */
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(CAPACITY);

  /** Copies the frame, or returns false if there is no room before the next {@link #flush}. */
  boolean put(ByteBuf frame) {
    int length = frame.readableBytes();
    if (buffer.remaining() < FrameReader.LENGTH + length) {
      return false;
    }
    buffer.putInt(length);
    ByteBuffer room = buffer.slice(buffer.position(), length);
    frame.getBytes(frame.readerIndex(), room);
    buffer.position(buffer.position() + length);
    return true;
  }

  boolean isEmpty() { return buffer.position() == 0; }

  /** Writes what the socket takes; returns whether that was all. */
  boolean flush(WritableByteChannel to) throws IOException {
    buffer.flip();
    try {
      to.write(buffer);
    } finally {
      buffer.compact();
    }
    return isEmpty();
  }
}
