package io.reactorstack.device.stream;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Encodes frames and writes several of them with one system call. It keeps the unwritten part of a frame that the
 * socket took partially: the next bytes on the stream must be that part, even if another publisher sends by then.
 */
final class FrameWriter {

  private static final int CAPACITY = 2 * (FrameReader.LENGTH + FrameReader.LONGEST);

  /** Encoded bytes that the socket has not taken, up to the position. */
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(CAPACITY);

  /** Copies the frame into the buffer, or returns false if it does not fit before the next {@link #flush}. */
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

  /** Writes as many bytes as the socket takes; returns whether the buffer is empty. */
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
