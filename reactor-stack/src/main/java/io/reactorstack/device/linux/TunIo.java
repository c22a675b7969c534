package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.PacketFacts;
import org.jspecify.annotations.Nullable;

/** TAP and TUN: one {@code read} or {@code write} is one frame. */
final class TunIo implements FrameIo {

  private final Libc libc;
  private final int fd;
  private final int index;
  private final int maxFrameBytes;
  private @Nullable ByteBuf spare;

  TunIo(TunInterface tun, int maxFrameBytes) {
    this.libc = tun.libc();
    this.fd = tun.fd();
    this.index = tun.index();
    this.maxFrameBytes = maxFrameBytes;
  }

  @Override
  public int fd() {
    return fd;
  }

  @Override
  public int maxFrameBytes() {
    return maxFrameBytes;
  }

  @Override
  public int read(long ingressNanos, Sink sink) {
    PacketFacts facts = PacketFacts.receivedAt(ingressNanos);
    while (sink.room() > 0) {
      ByteBuf buffer = takeSpare();
      int length = libc.read(fd, buffer.memoryAddress(), buffer.capacity());
      if (length <= 0) {
        spare = buffer;
        return length == -Errno.EAGAIN || length == -Errno.EINTR ? 0 : length;
      }
      // The kernel cuts silently what does not fit: a frame that fills the extra byte was longer.
      if (length > maxFrameBytes) {
        spare = buffer;
        sink.truncated();
      } else {
        sink.next(new Frame(buffer.writerIndex(length), facts));
      }
    }
    return 0;
  }

  /** A buffer that an earlier read left empty, or a new one. */
  private ByteBuf takeSpare() {
    ByteBuf buffer = spare;
    if (buffer == null) {
      return ByteBufAllocator.DEFAULT.directBuffer(maxFrameBytes + 1, maxFrameBytes + 1);
    }
    spare = null;
    return buffer;
  }

  @Override
  public int write(ByteBuf buffer, int index, int length) {
    return Math.min(0, libc.write(fd, buffer.memoryAddress() + index, length));
  }

  /** A descriptor whose interface was deleted answers EBADFD even when asked for nothing. */
  @Override
  public int fate() {
    return Math.min(0, libc.read(fd, 0, 0)) == -Errno.EBADFD ? -Errno.EBADFD : 0;
  }

  @Override
  public int interfaceIndex() {
    return index;
  }

  /** Since Linux 5.1: who has met EIO is told when frames are taken again. */
  @Override
  public boolean hasRoomOnlyWhileUp() {
    return true;
  }

  /** Reading and writing notice the deletion. */
  @Override
  public boolean isDown() {
    return false;
  }

  @Override
  public void close() {
    libc.close(fd);
    if (spare != null) {
      spare.release();
      spare = null;
    }
  }
}
