package io.reactorstack.offload;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Offload;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.wire.FrameLayout;
import io.reactorstack.wire.TcpSegment;
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

  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;
  private static final int IPV4_LENGTH = 2;
  private static final int IPV4_IDENTIFICATION = 4;
  private static final int IPV4_FLAGS = 6;
  private static final int IPV4_CHECKSUM = 10;
  private static final int DONT_FRAGMENT = 0x4000;
  private static final int IPV6_LENGTH = 4;
  private static final int TCP_SEQUENCE = 4;
  private static final int TCP_ACKNOWLEDGEMENT = 8;
  private static final int TCP_FLAGS = 13;
  private static final int TCP_WINDOW = 14;
  private static final int TCP_CHECKSUM = 16;
  private static final int TCP_OPTIONS = 20;

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

  private final FrameLayout layout;
  private @Nullable Frame first;
  private @Nullable ByteBuf joined;
  private int ip;
  private int transport;
  private int payload;
  private boolean isV4;
  private int segmentSize;
  /** The octets of payload so far. */
  private int length;
  private int segments;
  private int identification;
  /** True if the identification of each segment is one more than that of the segment before. */
  private boolean counts;

  MergedFrame(Medium medium) {
    this.layout = new FrameLayout(medium == Medium.ETHERNET);
  }

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

  /** Begins with {@code frame}, which belongs to this object now. */
  void begin(Frame frame) {
    ByteBuf bytes = frame.payload();
    layout.read(bytes);
    first = frame;
    joined = null;
    ip = layout.ip();
    transport = layout.transport();
    payload = layout.payload();
    isV4 = layout.isV4();
    segmentSize = layout.payloadLength();
    length = segmentSize;
    segments = 1;
    identification = isV4 ? bytes.getUnsignedShort(bytes.readerIndex() + ip + IPV4_IDENTIFICATION) : 0;
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
   * Appends {@code next}, a segment of the same flow, if it follows and has the same header otherwise.
   *
   * @param its the layout of {@code next}
   * @param capacity the expected length of the merged payload, in octets
   */
  Outcome append(Frame next, FrameLayout its, int capacity) {
    ByteBuf other = next.payload();
    int size = its.payloadLength();
    if (size == 0 || size > segmentSize || length % segmentSize != 0
        || transport - ip + payload - transport + length + size > Offload.LONGEST || !hasSameHeaders(other, its)) {
      return Outcome.REFUSED;
    }
    if (joined == null && !join(capacity)) {
      return Outcome.REFUSED;
    }
    if (!copy(next, its)) {
      return Outcome.REFUSED;
    }
    int flags = other.getUnsignedByte(other.readerIndex() + its.transport() + TCP_FLAGS);
    if (isV4 && other.getUnsignedShort(other.readerIndex() + ip + IPV4_IDENTIFICATION) == identification) {
      counts = false;
    }
    ByteBuf to = Objects.requireNonNull(joined);
    to.setByte(transport + TCP_FLAGS + to.readerIndex(),
        to.getByte(to.readerIndex() + transport + TCP_FLAGS) | flags & LAST);
    length += size;
    segments++;
    next.release();
    return size < segmentSize || (flags & LAST) != 0 ? Outcome.COMPLETE : Outcome.APPENDED;
  }

  private boolean hasSameHeaders(ByteBuf other, FrameLayout its) {
    ByteBuf own = Objects.requireNonNull(first).payload();
    int a = own.readerIndex();
    int b = other.readerIndex();
    if (its.ip() != ip || its.transport() != transport || its.payload() != payload
        || other.getInt(b + transport + TCP_SEQUENCE) != own.getInt(a + transport + TCP_SEQUENCE) + length
        || own.getInt(a + transport + TCP_ACKNOWLEDGEMENT) != other.getInt(b + transport + TCP_ACKNOWLEDGEMENT)
        || own.getUnsignedShort(a + transport + TCP_WINDOW) != other.getUnsignedShort(b + transport + TCP_WINDOW)) {
      return false;
    }
    // Data offset, reserved bits and flags; the flags of the last segment may differ.
    int differing = own.getUnsignedShort(a + transport + 12) ^ other.getUnsignedShort(b + transport + 12);
    return (differing & ~LAST) == 0
        && isSame(own, a + transport + TCP_OPTIONS, other, b + transport + TCP_OPTIONS,
            payload - transport - TCP_OPTIONS)
        && isSame(own, a, other, b, ip)
        && (isV4 ? hasSameIpv4(own, a + ip, other, b + ip) : hasSameIpv6(own, a + ip, other, b + ip));
  }

  private boolean hasSameIpv4(ByteBuf own, int a, ByteBuf other, int b) {
    int flags = own.getUnsignedShort(a + IPV4_FLAGS);
    int id = other.getUnsignedShort(b + IPV4_IDENTIFICATION);
    boolean follows = counts && id == (identification + segments & 0xffff);
    // A packet that is not fragmented needs no identification (RFC 6864): senders use one for all, or count.
    boolean isFixed = (flags & DONT_FRAGMENT) != 0 && id == identification && (segments == 1 || !counts);
    return own.getUnsignedShort(a) == other.getUnsignedShort(b)
        && flags == other.getUnsignedShort(b + IPV4_FLAGS)
        && own.getUnsignedShort(a + 8) == other.getUnsignedShort(b + 8)
        && (follows || isFixed)
        && Checksum.verifies(Checksum.sum(other, b, IPV4_HEADER));
  }

  private static boolean hasSameIpv6(ByteBuf own, int a, ByteBuf other, int b) {
    return own.getInt(a) == other.getInt(b) && own.getUnsignedShort(a + 6) == other.getUnsignedShort(b + 6);
  }

  private static boolean isSame(ByteBuf own, int a, ByteBuf other, int b, int octets) {
    int i = 0;
    for (; i + Integer.BYTES <= octets; i += Integer.BYTES) {
      if (own.getInt(a + i) != other.getInt(b + i)) {
        return false;
      }
    }
    return i == octets || own.getUnsignedShort(a + i) == other.getUnsignedShort(b + i);
  }

  /** Copies the first segment into a new buffer; returns false if it is damaged. */
  private boolean join(int capacity) {
    Frame frame = Objects.requireNonNull(first);
    ByteBuf bytes = frame.payload();
    int from = bytes.readerIndex();
    if (isV4 && !Checksum.verifies(Checksum.sum(bytes, from + ip, IPV4_HEADER))) {
      return false;
    }
    layout.read(bytes);
    ByteBuf to = bytes.alloc().directBuffer(payload + Math.max(capacity, 2 * segmentSize), payload + Offload.LONGEST);
    to.writeBytes(bytes, from, payload);
    joined = to;
    length = 0;
    if (copy(frame, layout)) {
      length = segmentSize;
      return true;
    }
    joined = null;
    length = segmentSize;
    to.release();
    return false;
  }

  /** Copies the payload of {@code frame} to the end of the merged one, and returns whether its checksum is correct. */
  private boolean copy(Frame frame, FrameLayout its) {
    ByteBuf bytes = frame.payload();
    int size = its.payloadLength();
    ByteBuf to = Objects.requireNonNull(joined);
    to.writerIndex(payload + length);
    to.ensureWritable(size);
    if (frame.facts().checksum() != ChecksumState.IN_PACKET) {
      to.writeBytes(bytes, bytes.readerIndex() + its.payload(), size);
      return true;
    }
    to.writeBytes(bytes, bytes.readerIndex() + its.payload(), size);
    int header = its.payload() - its.transport();
    long sum = FrameChecksum.pseudoHeader(bytes, its)
        + Checksum.sum(bytes, bytes.readerIndex() + its.transport(), header)
        + Checksum.sum(to, payload + length, size);
    return Checksum.verifies(sum);
  }

  /** Returns the frame, merged or single, and becomes empty. */
  Frame take() {
    Frame frame = Objects.requireNonNull(first);
    ByteBuf merged = joined;
    first = null;
    joined = null;
    if (merged == null) {
      return frame;
    }
    if (segments == 1) {
      merged.release();
      return frame;
    }
    merged.writerIndex(payload + length);
    int packet = payload - ip + length;
    if (isV4) {
      merged.setShort(ip + IPV4_LENGTH, packet);
      merged.setShort(ip + IPV4_CHECKSUM, 0);
      merged.setShort(ip + IPV4_CHECKSUM, Checksum.finish(Checksum.sum(merged, ip, IPV4_HEADER)));
    } else {
      merged.setShort(ip + IPV6_LENGTH, packet - IPV6_HEADER);
    }
    layout.read(merged);
    merged.setShort(transport + TCP_CHECKSUM, Checksum.fold(FrameChecksum.pseudoHeader(merged, layout)));
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
    joined = null;
    if (frame != null) {
      frame.release();
    }
    if (merged != null) {
      merged.release();
    }
  }
}
