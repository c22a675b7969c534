package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the frames of a packet socket, several per system call, and restores the parts of received frames that
 * the kernel has changed.
 *
 * <ul>
 *   <li>A VLAN tag that the kernel has removed is inserted again.
 *   <li>A sender on this machine may leave the transport checksum to its device; on a virtual cable no device completes
 *       it. The facts of such a frame say so.
 *   <li>Super-frames are delivered whole. On a socket without headers a TCP super-frame is one large segment; a UDP
 *       super-frame contains several datagrams whose lengths are not known, and is dropped as too long.
 * </ul>
 */
final class PacketIo implements FrameIo {

  private static final int BATCH = 16;
  private static final int TAG = 4;
  private static final int ADDRESSES = 2 * MacAddress.LENGTH;

  private final PacketSocket socket;
  private final int maxFrameBytes;
  private final int headerLength;
  private final PacketMessages messages = new PacketMessages(BATCH);
  private final OffloadHeaders headersRead = new OffloadHeaders(BATCH);
  private final ReceivedOffload received;
  private final ReceiveSlot[] slots = new ReceiveSlot[BATCH];
  private final SendMessages outgoing = new SendMessages(BATCH);
  private final SentOffload sent;
  private final GatheringWriter writer;
  private boolean closed;

  PacketIo(PacketSocket socket, int maxFrameBytes) {
    this.socket = socket;
    this.maxFrameBytes = maxFrameBytes;
    this.headerLength = socket.hasHeaders() ? OffloadHeaders.LENGTH : 0;
    this.received = new ReceivedOffload(headersRead, Medium.ETHERNET, maxFrameBytes);
    OffloadHeaders headersWritten = new OffloadHeaders(BATCH);
    this.sent = new SentOffload(headersWritten, Medium.ETHERNET, maxFrameBytes, socket.offload());
    this.writer = socket.hasHeaders()
        ? GatheringWriter.behind(headersWritten, socket.libc(), socket.fd())
        : GatheringWriter.bare(socket.libc(), socket.fd());
    for (int i = 0; i < BATCH; i++) {
      slots[i] = new ReceiveSlot(TAG, maxFrameBytes);
      if (socket.hasHeaders()) {
        messages.vectors(i).add(headersRead.address(i), OffloadHeaders.LENGTH);
        outgoing.vectors(i).add(headersWritten.address(i), OffloadHeaders.LENGTH);
      }
    }
  }

  @Override
  public int fd() {
    return socket.fd();
  }

  @Override
  public int read(long ingressNanos, Sink sink) {
    received.begin(ingressNanos);
    while (sink.room() > 0) {
      int wanted = Math.min(sink.room(), BATCH);
      for (int i = 0; i < wanted; i++) {
        prepare(i);
      }
      int count = socket.libc().recvmmsg(socket.fd(), messages.memory(), wanted, 0);
      if (count == -Errno.EINVAL && socket.hasHeaders()) {
        // The kernel has dropped a frame whose offload no header can describe.
        sink.dropped(DeviceDrop.BAD_OFFLOAD);
        continue;
      }
      if (count < 0) {
        return count == -Errno.EAGAIN || count == -Errno.EINTR ? 0 : count;
      }
      for (int i = 0; i < count; i++) {
        deliver(i, sink);
      }
      if (count < wanted) {
        return 0;
      }
    }
    return 0;
  }

  private void prepare(int i) {
    IoVectors vectors = messages.vectors(i);
    vectors.truncate(socket.hasHeaders() ? 1 : 0);
    slots[i].addTo(vectors);
    messages.ready(i);
  }

  private void deliver(int i, Sink sink) {
    // The subscriber may have closed the device while it processed an earlier frame of this batch.
    if (closed || messages.isOutgoing(i)) {
      return;
    }
    int length = messages.length(i) - headerLength;
    if (messages.isCutOff(i) || length < 0) {
      sink.dropped(DeviceDrop.TRUNCATED);
      return;
    }
    ByteBuf frame = slots[i].take(length);
    PacketFacts facts = socket.hasHeaders() ? received.facts(i, frame) : factsWithoutHeader(i, frame);
    if (facts == null) {
      frame.release();
      sink.dropped(socket.hasHeaders() ? received.defect() : DeviceDrop.TRUNCATED);
      return;
    }
    int tag = messages.vlanTag(i);
    if (tag != 0 && length >= ADDRESSES) {
      insert(tag, frame);
    }
    sink.next(new Frame(frame, facts));
  }

  private @Nullable PacketFacts factsWithoutHeader(int i, ByteBuf frame) {
    if (frame.readableBytes() > maxFrameBytes && !isTcp(frame)) {
      return null;
    }
    return received.ordinary(messages.isChecksumNotReady(i) ? ChecksumState.UNFINISHED : ChecksumState.IN_PACKET);
  }

  /** Inserts the VLAN tag by moving the addresses within the buffer, without allocating an object. */
  private static void insert(int tag, ByteBuf buffer) {
    buffer.setLong(0, buffer.getLong(TAG));
    buffer.setInt(8, buffer.getInt(TAG + 8));
    buffer.setInt(ADDRESSES, tag);
    buffer.readerIndex(0);
  }

  /** Returns whether {@code frame} contains TCP over IPv4 or IPv6. Only a TCP super-frame can be delivered whole. */
  private static boolean isTcp(ByteBuf frame) {
    EthernetHeader header = EthernetHeader.parse(frame, Rejections.UNCOUNTED);
    if (header == null || (header.type() != EtherType.IPV4 && header.type() != EtherType.IPV6)) {
      return false;
    }
    ByteBuf packet = frame.slice().skipBytes(header.length());
    IpHeaders ip = IpHeaders.parseQuoted(packet, Rejections.UNCOUNTED);
    return ip != null && ip.protocol() == IpProtocol.TCP;
  }

  @Override
  public int batch() {
    return BATCH;
  }

  @Override
  public int write(Deque<Frame> frames) {
    int count = 0;
    for (Frame frame : frames) {
      int result = sent.write(count, frame);
      boolean isDescribed = result == 0 && describe(count, frame.payload());
      if (!isDescribed && count == 0) {
        return result < 0 ? result : one(writer.write(frame.payload()));
      }
      // A frame that cannot be sent with the others is the first one of the next call.
      if (!isDescribed || ++count == BATCH) {
        break;
      }
    }
    return socket.libc().sendmmsg(socket.fd(), outgoing.memory(), count, 0);
  }

  /** Returns the number of frames of a successful write, or its negated {@code errno}. */
  private static int one(int result) {
    return result < 0 ? result : 1;
  }

  /** Makes {@code frame} message {@code i}; returns false if it must be copied first. */
  private boolean describe(int i, ByteBuf frame) {
    IoVectors vectors = outgoing.vectors(i);
    vectors.truncate(socket.hasHeaders() ? 1 : 0);
    boolean fits = vectors.add(frame, frame.readerIndex(), frame.readableBytes());
    outgoing.ready(i);
    return fits;
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
    for (ReceiveSlot slot : slots) {
      slot.release();
    }
  }
}
