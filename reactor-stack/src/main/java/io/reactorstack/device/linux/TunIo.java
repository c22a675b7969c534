package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.PacketAllocator;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Reads and writes the frames of TAP and TUN descriptors without offload: one system call per frame. */
final class TunIo implements FrameIo {

  private final TunInterface tun;
  private final int maxFrameBytes;
  private final GatheringWriter writer;
  private @Nullable ByteBuf spare;

  TunIo(TunInterface tun, int maxFrameBytes) {
    this.tun = tun;
    this.maxFrameBytes = maxFrameBytes;
    this.writer = GatheringWriter.bare(tun.libc(), tun.fd());
  }

  @Override
  public int fd() {
    return tun.fd();
  }

  @Override
  public int read(long ingressNanos, Sink sink) {
    PacketFacts facts = PacketFacts.receivedAt(ingressNanos);
    while (sink.room() > 0) {
      ByteBuf buffer = takeSpare();
      int length = tun.libc().read(tun.fd(), buffer.memoryAddress(), buffer.capacity());
      if (length <= 0) {
        spare = buffer;
        return length == -Errno.EAGAIN || length == -Errno.EINTR ? 0 : length;
      }
      // The kernel silently truncates longer frames: if the extra byte is filled, the frame was too long.
      if (length > maxFrameBytes) {
        spare = buffer;
        sink.dropped(DeviceDrop.TRUNCATED);
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
      return PacketAllocator.DEFAULT.directBuffer(maxFrameBytes + 1, maxFrameBytes + 1);
    }
    spare = null;
    return buffer;
  }

  @Override
  public int batch() {
    return 1;
  }

  @Override
  public int write(Deque<Frame> frames) {
    Frame frame = frames.getFirst();
    if (frame.payload().readableBytes() > maxFrameBytes) {
      return -Errno.EMSGSIZE;
    }
    if (frame.facts().checksum() == ChecksumState.UNFINISHED) {
      return -Errno.EINVAL;
    }
    int result = writer.write(frame.payload());
    return result < 0 ? result : 1;
  }

  @Override
  public int fate() {
    return tun.fate();
  }

  @Override
  public int interfaceIndex() {
    return tun.index();
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
    tun.close();
    if (spare != null) {
      spare.release();
      spare = null;
    }
  }
}
