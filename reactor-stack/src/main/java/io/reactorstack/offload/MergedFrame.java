package io.reactorstack.offload;

import static io.reactorstack.offload.HeaderOffsets.IPV4_FLAGS;
import static io.reactorstack.offload.HeaderOffsets.IPV4_HEADER;
import static io.reactorstack.offload.HeaderOffsets.IPV6_HEADER;
import static io.reactorstack.offload.HeaderOffsets.TCP_FLAGS;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Offload;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.wire.FrameLayout;
import io.reactorstack.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One TCP segment that waits for those that follow it, and the super-frame that they are merged into.
 *
 * <p>Order of use: {@link #begin} with a segment that {@link #mayBegin}, then {@link #append} for later ones of the same
 * flow, and {@link #take} when nothing more can follow. The payloads are copied, together with the verification of their
 * checksums, into one buffer, which the receive buffer of a connection keeps without a further copy.
 */
final class MergedFrame {

  private static final ByteBuffer NONE = ByteBuffer.allocate(0);

  private static final int DONT_FRAGMENT = 0x4000;

  /** A payload that is expected to be at least as long gets a buffer for the longest one. */
  private static final int NEARLY_LONGEST = Offload.LONGEST / 32 * 31;

  /** The flags that only the last segment of a super-frame may have. */
  private static final int LAST = TcpSegment.PSH | TcpSegment.FIN;
  /** The flags of segments that are never merged. */
  private static final int NEVER = TcpSegment.SYN | TcpSegment.RST | TcpSegment.URG | TcpSegment.CWR;

  /** The results of {@link #append}. */
  enum Outcome {
    /** The segment was appended and released, and others may follow. */
    APPENDED,
    /** The segment was appended and released, and is the last one. */
    COMPLETE,
    /** The segment does not follow, or is damaged: the caller keeps it. */
    REFUSED
  }

  private final HeaderPrediction prediction = new HeaderPrediction();
  private @Nullable Frame first;
  private @Nullable ByteBuf joined;
  /** The memory of {@link #joined}: one view for all segments, because a view is an object on the heap. */
  private ByteBuffer memory = NONE;
  private int ip;
  private int transport;
  private int payload;
  private boolean isV4;
  private boolean mayRepeatIdentification;
  private int sequence;
  private int segmentSize;
  /** The octets of payload so far. */
  private int length;
  private int segments;
  private int identification;
  /** True if the identification of each segment is one more than that of the segment before. */
  private boolean counts;

  /** Returns whether {@code frame}, which {@code layout} has read, is a segment that others may be appended to. */
  static boolean mayBegin(ByteBuf frame, FrameLayout layout) {
    int flags = frame.getUnsignedByte(frame.readerIndex() + layout.transport() + TCP_FLAGS);
    return layout.payloadLength() > 0 && (flags & (NEVER | LAST)) == 0 && isPlain(layout);
  }

  /** Returns whether the IP header has no options or extension headers. */
  private static boolean isPlain(FrameLayout layout) {
    return layout.transport() - layout.ip() == (layout.isV4() ? IPV4_HEADER : IPV6_HEADER);
  }

  boolean isEmpty() { return first == null; }

  /** Begins with {@code frame}, which {@code layout} has read and which belongs to this object now. */
  void begin(Frame frame, FrameLayout layout) {
    ByteBuf bytes = frame.payload();
    prediction.expectAfter(bytes, layout);
    first = frame;
    forgetJoined();
    ip = layout.ip();
    transport = layout.transport();
    payload = layout.payload();
    isV4 = layout.isV4();
    segmentSize = layout.payloadLength();
    length = segmentSize;
    segments = 1;
    sequence = prediction.sequence(bytes);
    identification = isV4 ? prediction.identification(bytes) : 0;
    // A packet that is not fragmented needs no identification (RFC 6864): senders use one for all, or count.
    mayRepeatIdentification = isV4
        && (bytes.getUnsignedShort(bytes.readerIndex() + ip + IPV4_FLAGS) & DONT_FRAGMENT) != 0;
    counts = true;
  }

  /** Returns whether the frame {@code other} has the addresses and ports of this one. */
  boolean isSameFlow(ByteBuf other, FrameLayout its) {
    ByteBuf own = Objects.requireNonNull(first).payload();
    if (its.isV4() != isV4) {
      return false;
    }
    int a = own.readerIndex();
    int b = other.readerIndex();
    if (own.getInt(a + transport) != other.getInt(b + its.transport())) {
      return false;
    }
    return isV4
        ? own.getLong(a + ip + 12) == other.getLong(b + its.ip() + 12)
        : own.getLong(a + ip + 8) == other.getLong(b + its.ip() + 8)
            && own.getLong(a + ip + 16) == other.getLong(b + its.ip() + 16)
            && own.getLong(a + ip + 24) == other.getLong(b + its.ip() + 24)
            && own.getLong(a + ip + 32) == other.getLong(b + its.ip() + 32);
  }

  /**
   * Appends {@code next}, if it is a segment of the same flow that follows and has the same header otherwise.
   *
   * @param capacity the expected length of the merged payload, in octets
   */
  Outcome append(Frame next, int capacity) {
    ByteBuf other = next.payload();
    if (!prediction.matches(other)) {
      return Outcome.REFUSED;
    }
    int end = prediction.end(other);
    int size = end - payload;
    if (size <= 0 || size > segmentSize || end > other.readableBytes() || !follows(other, size)) {
      return Outcome.REFUSED;
    }
    if (joined == null && !join(capacity) || !copy(next, size)) {
      return Outcome.REFUSED;
    }
    int last = prediction.lastFlags(other);
    if (last != 0) {
      ByteBuf to = Objects.requireNonNull(joined);
      int at = to.readerIndex() + transport + TCP_FLAGS;
      to.setByte(at, to.getByte(at) | last);
    }
    counts &= !isV4 || prediction.identification(other) != identification;
    length += size;
    segments++;
    next.release();
    return size < segmentSize || last != 0 ? Outcome.COMPLETE : Outcome.APPENDED;
  }

  /** Returns whether the segment {@code other} of {@code size} octets is the next one, and its IP header is correct. */
  private boolean follows(ByteBuf other, int size) {
    if (prediction.sequence(other) != sequence + length || length % segmentSize != 0
        || payload - ip + length + size > Offload.LONGEST) {
      return false;
    }
    if (!isV4) {
      return true;
    }
    int id = prediction.identification(other);
    boolean isNext = counts && id == (identification + segments & 0xffff);
    boolean isRepeated = mayRepeatIdentification && id == identification && (segments == 1 || !counts);
    return (isNext || isRepeated) && prediction.verifiesIp(other);
  }

  /** Copies the first segment into a new buffer; returns false if it is damaged. */
  private boolean join(int capacity) {
    Frame frame = Objects.requireNonNull(first);
    ByteBuf bytes = frame.payload();
    if (!prediction.verifiesIp(bytes)) {
      return false;
    }
    int most = payload + Offload.LONGEST;
    // A buffer of fixed size can be one that the allocator keeps, whose memory is still in the processor's cache.
    int initial = capacity < NEARLY_LONGEST ? payload + Math.max(capacity, 2 * segmentSize) : most;
    ByteBuf to = bytes.alloc().directBuffer(initial, most);
    to.writeBytes(bytes, bytes.readerIndex(), payload);
    joined = to;
    viewJoined();
    length = 0;
    boolean isCorrect = copy(frame, segmentSize);
    length = segmentSize;
    if (!isCorrect) {
      forgetJoined();
      to.release();
    }
    return isCorrect;
  }

  /** Copies the payload of {@code frame} to the end of the merged one, and returns whether its checksum is correct. */
  private boolean copy(Frame frame, int size) {
    ByteBuf bytes = frame.payload();
    int at = payload + length;
    if (memory.capacity() < at + size) {
      Objects.requireNonNull(joined).writerIndex(at).ensureWritable(size);
      viewJoined();
    }
    bytes.getBytes(bytes.readerIndex() + payload, memory.limit(at + size).position(at));
    return frame.facts().checksum() != ChecksumState.IN_PACKET
        || prediction.verifies(bytes, size, Checksum.sumLittleEndian(memory, at, size));
  }

  private void viewJoined() {
    ByteBuf to = Objects.requireNonNull(joined);
    memory = to.nioBuffer(0, to.capacity()).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void forgetJoined() {
    joined = null;
    memory = NONE;
  }

  /** Returns the frame, merged or single, and becomes empty. */
  Frame take() {
    Frame frame = Objects.requireNonNull(first);
    ByteBuf merged = joined;
    first = null;
    forgetJoined();
    if (merged == null) {
      return frame;
    }
    if (segments == 1) {
      merged.release();
      return frame;
    }
    merged.writerIndex(payload + length);
    prediction.complete(merged, length);
    PacketFacts facts = new PacketFacts(frame.facts().ingressNanos(), ChecksumState.UNFINISHED, segmentSize);
    frame.release();
    return new Frame(merged, facts);
  }

  /** The octets of payload that {@link #take} would return. */
  int length() {
    return length;
  }

  /** Discards the frame. */
  void release() {
    Frame frame = first;
    ByteBuf merged = joined;
    first = null;
    forgetJoined();
    if (frame != null) {
      frame.release();
    }
    if (merged != null) {
      merged.release();
    }
  }
}
