package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.PacketAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Writes one frame per system call. A frame that consists of several buffers is passed to the kernel as it is; one that is
 * on the heap, or has very many parts, is copied.
 */
final class GatheringWriter {

  private static final int MOST_PARTS = 64;

  private final Libc libc;
  private final int fd;
  private final @Nullable OffloadHeaders header;
  private final int headers;
  private final IoVectors vectors = new IoVectors(1 + MOST_PARTS);

  private GatheringWriter(Libc libc, int fd, @Nullable OffloadHeaders header) {
    this.libc = libc;
    this.fd = fd;
    this.header = header;
    this.headers = header == null ? 0 : 1;
  }

  /** Returns a writer of bare frames. */
  static GatheringWriter bare(Libc libc, int fd) {
    return new GatheringWriter(libc, fd, null);
  }

  /** Returns a writer that puts the header number 0 of {@code headers} in front of each frame. */
  static GatheringWriter behind(OffloadHeaders headers, Libc libc, int fd) {
    GatheringWriter writer = new GatheringWriter(libc, fd, headers);
    writer.vectors.add(headers.address(0), OffloadHeaders.LENGTH);
    return writer;
  }

  /** Writes the readable bytes of {@code frame}; returns the number of bytes or a negated {@code errno}. */
  int write(ByteBuf frame) {
    int index = frame.readerIndex();
    int length = frame.readableBytes();
    if (frame.hasMemoryAddress()) {
      OffloadHeaders front = header;
      if (front == null) {
        return libc.write(fd, frame.memoryAddress() + index, length);
      }
      if (hasFreeHeadroom(frame, index)) {
        // One range of memory costs the kernel less than two.
        front.copyTo(0, frame, index - OffloadHeaders.LENGTH);
        return libc.write(fd, frame.memoryAddress() + index - OffloadHeaders.LENGTH, length + OffloadHeaders.LENGTH);
      }
    }
    vectors.truncate(headers);
    return vectors.add(frame, index, length) ? libc.writev(fd, vectors) : writeCopy(frame, index, length);
  }

  /** Returns whether the bytes before {@code index} belong to the frame alone: no other buffer shares its memory. */
  private static boolean hasFreeHeadroom(ByteBuf frame, int index) {
    return index >= OffloadHeaders.LENGTH && frame.unwrap() == null && frame.refCnt() == 1;
  }

  private int writeCopy(ByteBuf frame, int index, int length) {
    ByteBuf copy;
    try {
      copy = PacketAllocator.DEFAULT.directBuffer(length, length);
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
