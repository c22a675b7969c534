package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.PacketFacts;
import java.util.Deque;

/**
 * Reads and writes the frames of TAP and TUN descriptors that exchange offloads with the kernel: one system call per
 * frame, with a {@code virtio_net_hdr} in front of it.
 */
final class OffloadTunIo implements FrameIo {

  private final TunInterface tun;
  private final OffloadHeaders headerRead = new OffloadHeaders(1);
  private final OffloadHeaders headerWritten = new OffloadHeaders(1);
  private final IoVectors vectors = new IoVectors(3);
  private final ReceivedOffload received;
  private final SentOffload sent;
  private final ReceiveSlot slot;
  private final GatheringWriter writer;

  OffloadTunIo(TunInterface tun, Medium medium, int maxFrameBytes) {
    this.tun = tun;
    this.received = new ReceivedOffload(headerRead, medium, maxFrameBytes);
    this.sent = new SentOffload(headerWritten, medium, maxFrameBytes, tun.offload());
    this.slot = new ReceiveSlot(0, maxFrameBytes);
    this.writer = GatheringWriter.behind(headerWritten, tun.libc(), tun.fd());
    vectors.add(headerRead.address(0), OffloadHeaders.LENGTH);
  }

  @Override
  public int fd() {
    return tun.fd();
  }

  @Override
  public int read(long ingressNanos, Sink sink) {
    received.begin(ingressNanos);
    while (sink.room() > 0) {
      vectors.truncate(1);
      slot.addTo(vectors);
      int length = tun.libc().readv(tun.fd(), vectors);
      if (length <= 0) {
        return length == -Errno.EAGAIN || length == -Errno.EINTR ? 0 : length;
      }
      deliver(length - OffloadHeaders.LENGTH, sink);
    }
    return 0;
  }

  private void deliver(int length, Sink sink) {
    ByteBuf frame = slot.take(Math.max(0, length));
    PacketFacts facts = received.facts(0, frame);
    if (facts != null) {
      sink.next(new Frame(frame, facts));
    } else {
      frame.release();
      sink.dropped(received.defect());
    }
  }

  @Override
  public int batch() {
    return 1;
  }

  @Override
  public int write(Deque<Frame> frames) {
    Frame frame = frames.getFirst();
    int result = sent.write(0, frame);
    if (result == 0) {
      result = writer.write(frame.payload());
    }
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
    slot.release();
  }
}
