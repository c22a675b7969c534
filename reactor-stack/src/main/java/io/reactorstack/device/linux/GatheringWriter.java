package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Writes one frame per system call. A frame that consists of several buffers is passed to the kernel as it is; one that is
 * on the heap, or has very many parts, is copied.
 */
final class GatheringWriter {

  private static final int MOST_PARTS = 64;

  private final Libc libc;
  private final int fd;
  private final int headers;
  private final IoVectors vectors = new IoVectors(1 + MOST_PARTS);

  private GatheringWriter(Libc libc, int fd, int headers) {
    this.libc = libc;
    this.fd = fd;
    this.headers = headers;
  }

  /** Returns a writer of bare frames. */
  static GatheringWriter bare(Libc libc, int fd) {
    return new GatheringWriter(libc, fd, 0);
  }

  /** Returns a writer that puts the header number 0 of {@code headers} in front of each frame. */
  static GatheringWriter behind(OffloadHeaders headers, Libc libc, int fd) {
    GatheringWriter writer = new GatheringWriter(libc, fd, 1);
    writer.vectors.add(headers.address(0), OffloadHeaders.LENGTH);
    return writer;
  }

  /** Writes the readable bytes of {@code frame}; returns the number of bytes or a negated {@code errno}. */
  int write(ByteBuf frame) {
    int index = frame.readerIndex();
    int length = frame.readableBytes();
    if (headers == 0 && frame.hasMemoryAddress()) {
      return libc.write(fd, frame.memoryAddress() + index, length);
    }
    vectors.truncate(headers);
    return vectors.add(frame, index, length) ? libc.writev(fd, vectors) : writeCopy(frame, index, length);
  }

  private int writeCopy(ByteBuf frame, int index, int length) {
    ByteBuf copy;
    try {
      copy = ByteBufAllocator.DEFAULT.directBuffer(length, length);
    } catch (VirtualMachineError e) {
      // Handled like the kernel's own lack of memory: this frame is dropped, and its credit is returned.
      return -Errno.ENOMEM;
    }
    try {
      copy.writeBytes(frame, index, length);
      vectors.truncate(headers);
      vectors.add(copy.memoryAddress(), length);
      return libc.writev(fd, vectors);
    } finally {
      copy.release();
    }
  }
}
