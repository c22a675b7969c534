package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the frames of a packet socket: receives several frames per system call, and restores the parts of
 * received frames that the kernel has changed.
 *
 * <ul>
 *   <li>A VLAN tag that the kernel has removed is inserted again.
 *   <li>A sender on this machine may leave the transport checksum to its device; on a virtual cable no device completes
 *       it. Such a frame is delivered as verified, because it crossed no wire that could have damaged it.
 *   <li>A TCP super-frame of such a sender, longer than the MTU, is delivered as one large segment. A UDP super-frame
 *       contains several datagrams whose lengths the socket does not report; it is dropped as too long.
 * </ul>
 */
final class PacketIo implements FrameIo {

  private static final int BATCH = 16;
  private static final int TAG = 4;
  private static final int ADDRESSES = 2 * MacAddress.LENGTH;
  private static final int LONGEST_FRAME = 1 << 16;

  private final PacketSocket socket;
  private final int maxFrameBytes;
  private final PacketMessages messages = new PacketMessages(BATCH);
  private final @Nullable ByteBuf[] buffers = new ByteBuf[BATCH];
  private final ByteBuf overflow = ByteBufAllocator.DEFAULT.directBuffer(BATCH * LONGEST_FRAME, BATCH * LONGEST_FRAME);
  private boolean closed;

  PacketIo(PacketSocket socket, int maxFrameBytes) {
    this.socket = socket;
    this.maxFrameBytes = maxFrameBytes;
  }

  @Override
  public int fd() {
    return socket.fd();
  }

  @Override
  public int maxFrameBytes() {
    return maxFrameBytes;
  }

  @Override
  public int read(long ingressNanos, Sink sink) {
    PacketFacts inPacket = PacketFacts.receivedAt(ingressNanos);
    PacketFacts verified = new PacketFacts(ingressNanos, ChecksumState.VERIFIED, 0);
    while (sink.room() > 0) {
      int wanted = Math.min(sink.room(), BATCH);
      for (int i = 0; i < wanted; i++) {
        prepare(i);
      }
      int count = socket.libc().recvmmsg(socket.fd(), messages.memory(), wanted, 0);
      if (count < 0) {
        return count == -Errno.EAGAIN || count == -Errno.EINTR ? 0 : count;
      }
      for (int i = 0; i < count; i++) {
        deliver(i, messages.isChecksumNotReady(i) ? verified : inPacket, sink);
      }
      if (count < wanted) {
        return 0;
      }
    }
    return 0;
  }

  private void prepare(int i) {
    ByteBuf buffer = buffers[i];
    if (buffer == null) {
      buffer = ByteBufAllocator.DEFAULT.directBuffer(TAG + maxFrameBytes, TAG + maxFrameBytes);
      buffers[i] = buffer;
    }
    long spill = overflow.memoryAddress() + (long) i * LONGEST_FRAME;
    messages.prepare(i, buffer.memoryAddress() + TAG, maxFrameBytes, spill, LONGEST_FRAME);
  }

  private void deliver(int i, PacketFacts facts, Sink sink) {
    // The subscriber may have closed the device while it processed an earlier frame of this batch.
    if (closed || messages.isOutgoing(i)) {
      return;
    }
    int length = messages.length(i);
    boolean oversize = length > maxFrameBytes;
    if (messages.isCutOff(i) || (oversize && !isTcp(Objects.requireNonNull(buffers[i]).slice(TAG, maxFrameBytes)))) {
      sink.truncated();
      return;
    }
    ByteBuf buffer = oversize ? joined(i, length) : take(i);
    buffer.setIndex(TAG, TAG + length);
    int tag = messages.vlanTag(i);
    if (tag != 0 && length >= ADDRESSES) {
      insert(tag, buffer);
    }
    sink.next(new Frame(buffer, facts));
  }

  private ByteBuf take(int i) {
    ByteBuf buffer = Objects.requireNonNull(buffers[i]);
    buffers[i] = null;
    return buffer;
  }

  /** Returns a frame that did not fit into its buffer, copied into one buffer. */
  private ByteBuf joined(int i, int length) {
    ByteBuf whole = ByteBufAllocator.DEFAULT.directBuffer(TAG + length, TAG + length);
    whole.setBytes(TAG, Objects.requireNonNull(buffers[i]), TAG, maxFrameBytes);
    whole.setBytes(TAG + maxFrameBytes, overflow, i * LONGEST_FRAME, length - maxFrameBytes);
    return whole;
  }

  /** Inserts the VLAN tag by moving the addresses within the buffer, without allocating an object. */
  private static void insert(int tag, ByteBuf buffer) {
    buffer.setLong(0, buffer.getLong(TAG));
    buffer.setInt(8, buffer.getInt(TAG + 8));
    buffer.setInt(ADDRESSES, tag);
    buffer.readerIndex(0);
  }

  /**
   * Returns whether {@code frame}, which is truncated, contains TCP over IPv4 or IPv6. Only a TCP super-frame can be
   * delivered whole.
   */
  private static boolean isTcp(ByteBuf frame) {
    EthernetHeader header = EthernetHeader.parse(frame, Rejections.UNCOUNTED);
    if (header == null || (header.type() != EtherType.IPV4 && header.type() != EtherType.IPV6)) {
      return false;
    }
    IpHeaders ip = IpHeaders.parseQuoted(frame.skipBytes(header.length()), Rejections.UNCOUNTED);
    return ip != null && ip.protocol() == IpProtocol.TCP;
  }

  @Override
  public int write(ByteBuf buffer, int index, int length) {
    return Math.min(0, socket.libc().write(socket.fd(), buffer.memoryAddress() + index, length));
  }

  @Override
  public int fate() {
    return socket.isOnInterface() ? 0 : -Errno.ENODEV;
  }

  @Override
  public int interfaceIndex() {
    return socket.index();
  }

  @Override
  public boolean hasRoomOnlyWhileUp() {
    return false;
  }

  /** The kernel reports when an interface goes down, but not when it is deleted after that. */
  @Override
  public boolean isDown() {
    return !socket.isUp();
  }

  @Override
  public void close() {
    closed = true;
    socket.libc().close(socket.fd());
    overflow.release();
    for (ByteBuf buffer : buffers) {
      if (buffer != null) {
        buffer.release();
      }
    }
  }
}
