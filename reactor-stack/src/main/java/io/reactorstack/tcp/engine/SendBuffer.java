package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.HostMemory.Use;

/**
 * Bytes accepted from the user and not yet acknowledged, and whether a FIN follows them.
 *
 * <p>Two bounds hold at once: the capacity, which follows the congestion window, and the host's memory.
 */
final class SendBuffer {

  /** Memory that a connection can always have for its output, in octets: a buffer of 4 KiB, Linux's {@code tcp_wmem[0]}. */
  static final int RESERVE = 4096 + ByteQueue.BUFFER_OVERHEAD;

  /** Pieces at least this large are kept as they are; smaller ones are copied together. */
  private static final int WORTH_KEEPING = 2048;

  /** Segments that may be in flight however small the buffer is. */
  private static final int LEAST_SEGMENTS = 64;

  /** The size of segments that every peer takes (MUST-15). */
  private static final int DEFAULT_MSS = 536;

  private final ByteQueue bytes;
  private final HostMemory.Holding memory;
  private int capacity;
  private int maxCapacity;
  private long written;
  private long acknowledged;
  private final PushMarks marks = new PushMarks();
  private long urgentEnd;
  private boolean shut;

  /** A buffer of {@code capacity} bytes that may grow to {@code maxCapacity}. */
  SendBuffer(HostMemory host, int capacity, int maxCapacity) {
    this.bytes = new ByteQueue(host.allocator());
    this.memory = host.open();
    this.capacity = capacity;
    this.maxCapacity = maxCapacity;
  }

  /** The connection is one: it can always send a little. */
  void reserve() {
    if (!shut || bytes.length() > 0) {
      memory.reserve(RESERVE);
    }
  }

  /** Room for two segments of {@code mss} bytes at least, so that none has to wait for the acknowledgement of a part of one. */
  void onSegmentSize(int mss) {
    onCongestionWindow(mss);
  }

  /** Room for two congestion windows: what is in flight, and what follows it while the acknowledgements come. */
  void onCongestionWindow(int cwnd) {
    if (capacity < maxCapacity) {
      capacity = (int) Math.min(maxCapacity, Math.max(capacity, 2L * cwnd));
    }
  }

  /**
   * Most segments in flight: as many as the largest buffer has in segments of the default size. Smaller ones, be it that the peer
   * takes no larger ones, would cost us more for each octet than the peer has to pay (CVE-2019-11479).
   */
  int mostSegments() {
    return Math.max(LEAST_SEGMENTS, Math.max(capacity, maxCapacity) / DEFAULT_MSS);
  }

  /** The user has decided. What is held already stays, also beyond a smaller capacity. */
  void capacity(int limit) {
    capacity = limit;
    maxCapacity = limit;
  }

  /** Takes what fits; if {@code urgent}, the urgent data ends with it. */
  int write(ByteBuf data, boolean urgent) {
    int n = Math.min(data.readableBytes(), free());
    if (n > 0) {
      keep(data, n);
      memory.set(bytes.memory());
    }
    written += n;
    if (urgent && n > 0) {
      urgentEnd = written;
    }
    return n;
  }

  private void keep(ByteBuf data, int n) {
    long room = room();
    long pinned = HostMemory.pinnedBy(data);
    // A large buffer that is kept for a part of it would hold more than it brings.
    if (n >= WORTH_KEEPING && pinned <= room && pinned - n <= Math.max(n, HostMemory.WORTH_WASTING)) {
      bytes.appendWhole(data.readRetainedSlice(n));
    } else {
      int ahead = Math.max(n, capacity - bytes.length());
      bytes.append(data, n, (int) Math.min(room, ahead + ByteQueue.BUFFER_OVERHEAD));
    }
  }

  /** Octets of memory that may be taken, without the free rest of the last chunk. */
  private long room() {
    return memory.room(Use.GROWTH);
  }

  /** Octets from {@code offset}, counted from the first that is not acknowledged, to the end of the urgent data; at most 0 behind it. */
  long urgentAfter(int offset) {
    return urgentEnd - acknowledged - offset;
  }

  int free() {
    int space = shut ? 0 : Math.max(0, capacity - bytes.length());
    return space == 0 ? 0 : (int) Math.min(space, bytes.room() + Math.max(0, room() - ByteQueue.BUFFER_OVERHEAD));
  }

  /** Whether more would be accepted if the host had memory for it. */
  boolean isShortOfMemory() {
    return !shut && bytes.length() < capacity && free() == 0;
  }

  /** Whether the user must wait for acknowledgements, or for memory, before anything more is accepted. */
  boolean isFull() {
    return bytes.length() >= capacity || isShortOfMemory();
  }

  /** Bytes held, sent or not. */
  int length() {
    return bytes.length();
  }

  /** The data before {@code offset} is pushed: nothing followed it when it was sent first. */
  void push(int offset) {
    marks.add(acknowledged + offset);
  }

  /** Whether a push is in the {@code length} bytes at {@code offset}. */
  boolean isPushed(int offset, int length) {
    return marks.isIn(acknowledged + offset, acknowledged + offset + length);
  }

  void copyTo(int offset, int length, ByteBuf target) {
    bytes.copyTo(offset, length, target);
  }

  void acknowledge(int n) {
    bytes.discard(n);
    bytes.compact();
    memory.set(bytes.memory());
    acknowledged += n;
    marks.discard(acknowledged);
  }

  long written() {
    return written;
  }

  long acknowledged() {
    return acknowledged;
  }

  /** Nothing more is accepted; a FIN follows. */
  void shut() {
    shut = true;
  }

  boolean isShut() {
    return shut;
  }

  void release() {
    shut = true;
    bytes.release();
    memory.close();
  }
}
