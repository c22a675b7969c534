package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.PacketFacts;
import org.jspecify.annotations.Nullable;

/** Reads and writes the frames of TAP and TUN descriptors: one {@code read} or {@code write} per frame. */
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
      // The kernel silently truncates longer frames: if the extra byte is filled, the frame was too long.
      if (length > maxFrameBytes) {
        spare = buffer;
        sink.truncated();
      } else {
        sink.next(new Frame(buffer.writerIndex(length), facts));
      }
    }
    return 0;
  }

  /** Returns the buffer that an earlier read has not used, or a new one. */
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

  /** After the interface is deleted, even a read of 0 bytes fails with EBADFD. */
  @Override
  public int fate() {
    return Math.min(0, libc.read(fd, 0, 0)) == -Errno.EBADFD ? -Errno.EBADFD : 0;
  }

  @Override
  public int interfaceIndex() {
    return index;
  }

  /** True since Linux 5.1: after EIO the descriptor becomes writable again when the interface is up. */
  @Override
  public boolean hasRoomOnlyWhileUp() {
    return true;
  }

  /** Always false: reading and writing report a deleted interface. */
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
