package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.HostMemory.Use;
import org.jspecify.annotations.Nullable;

/**
 * The bytes accepted from the user and not yet acknowledged, and whether a FIN follows them.
 *
 * <p>Two limits apply: the capacity, which follows the congestion window, and the host's memory.
 */
final class SendBuffer {

  /**
   * The memory reserved for the output of every connection, in bytes: a buffer of 4 KiB, as in Linux
   * ({@code tcp_wmem[0]}).
   */
  static final int RESERVE = 4096 + ByteQueue.BUFFER_OVERHEAD;

  /** Pieces of at least this many bytes are kept without a copy; smaller ones are copied together. */
  private static final int WORTH_KEEPING = 2048;

  /** Lower limit of {@link #mostSegments}, however small the buffer is. */
  private static final int MIN_SEGMENTS = 64;

  /** The segment size that every peer accepts, in bytes (MUST-15). */
  private static final int DEFAULT_MSS = 536;

  private final ByteBufAllocator allocator;
  /** {@link ByteQueue#EMPTY} until the first write. */
  private ByteQueue bytes = ByteQueue.EMPTY;
  private final HostMemory.Holding memory;
  private int capacity;
  private int maxCapacity;
  private long written;
  private long acknowledged;
  /** Created by the first push. */
  private @Nullable PushMarks marks;
  private long urgentEnd;
  private boolean shut;

  /** Creates a buffer of {@code capacity} bytes that may grow to {@code maxCapacity}. */
  SendBuffer(HostMemory host, int capacity, int maxCapacity) {
    this.allocator = host.allocator();
    this.memory = host.open();
    this.capacity = capacity;
    this.maxCapacity = maxCapacity;
  }

  /** Reserves memory, so that the connection can always send a little. */
  void reserve() {
    if (!shut || bytes.length() > 0) {
      memory.reserve(RESERVE);
    }
  }

  /**
   * Grows the buffer to at least two segments of {@code mss} bytes, so that a full segment never has to wait for the
   * acknowledgement of a partial one.
   */
  void onSegmentSize(int mss) {
    onCongestionWindow(mss);
  }

  /**
   * Grows the buffer to at least two congestion windows: one for data in flight, and one for data to follow while
   * acknowledgements arrive.
   */
  void onCongestionWindow(int cwnd) {
    if (capacity < maxCapacity) {
      capacity = (int) Math.min(maxCapacity, Math.max(capacity, 2L * cwnd));
    }
  }

  /**
   * The maximum number of segments in flight: as many segments of the default size as the largest buffer holds. With
   * smaller segments, for example because the peer announces a small MSS, each octet would cost this host more than the
   * peer (CVE-2019-11479).
   */
  int mostSegments() {
    return Math.max(MIN_SEGMENTS, Math.max(capacity, maxCapacity) / DEFAULT_MSS);
  }

  /** Sets the capacity that the user has chosen. Bytes held beyond a smaller capacity are kept. */
  void capacity(int limit) {
    capacity = limit;
    maxCapacity = limit;
  }

  /** Accepts as many bytes as fit and returns their number. If {@code urgent}, urgent data ends with them. */
  int write(ByteBuf data, boolean urgent) {
    int n = Math.min(data.readableBytes(), free());
    if (n > 0) {
      if (bytes == ByteQueue.EMPTY) {
        bytes = new ByteQueue(allocator);
      }
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
    // A large buffer of which only a part is sent would hold more memory than it adds bytes.
    if (n >= WORTH_KEEPING && pinned <= room && pinned - n <= Math.max(n, HostMemory.WORTH_WASTING)) {
      bytes.appendWhole(data.readRetainedSlice(n));
    } else {
      int ahead = Math.max(n, capacity - bytes.length());
      bytes.append(data, n, (int) Math.min(room, ahead + ByteQueue.BUFFER_OVERHEAD));
    }
  }

  /** The memory that may be allocated, in bytes, without the free part of the last chunk. */
  private long room() {
    return memory.room(Use.GROWTH);
  }

  /**
   * Returns the number of octets from {@code offset} to the end of the urgent data; 0 or negative if {@code offset} is
   * beyond it.
   *
   * @param offset counted from the first octet that is not acknowledged
   */
  long urgentAfter(int offset) {
    return urgentEnd - acknowledged - offset;
  }

  int free() {
    int space = shut ? 0 : Math.max(0, capacity - bytes.length());
    return space == 0 ? 0 : (int) Math.min(space, bytes.room() + Math.max(0, room() - ByteQueue.BUFFER_OVERHEAD));
  }

  /** Returns whether only the host's lack of memory keeps the buffer from accepting more. */
  boolean isShortOfMemory() {
    return !shut && bytes.length() < capacity && free() == 0;
  }

  /** Returns whether the user must wait for acknowledgements or for memory before the buffer accepts more. */
  boolean isFull() {
    return bytes.length() >= capacity || isShortOfMemory();
  }

  /** The number of bytes held, sent or not. */
  int length() {
    return bytes.length();
  }

  /** Marks the data before {@code offset} as pushed: no data followed it when it was first sent. */
  void push(int offset) {
    PushMarks known = marks;
    if (known == null) {
      known = new PushMarks();
      marks = known;
    }
    known.add(acknowledged + offset);
  }

  /** Returns whether the {@code length} bytes at {@code offset} contain a push. */
  boolean isPushed(int offset, int length) {
    return marks != null && marks.isIn(acknowledged + offset, acknowledged + offset + length);
  }

  void copyTo(int offset, int length, ByteBuf target) {
    bytes.copyTo(offset, length, target);
  }

  /** Returns headroom followed by the bytes without a copy: read-only views of the buffers that hold them. */
  ByteBuf share(int offset, int length, ByteBufAllocator allocator) {
    return bytes.share(offset, length, allocator);
  }

  void acknowledge(int n) {
    bytes.discard(n);
    bytes.compact();
    memory.set(bytes.memory());
    acknowledged += n;
    if (marks != null) {
      marks.discard(acknowledged);
    }
  }

  long written() {
    return written;
  }

  long acknowledged() {
    return acknowledged;
  }

  /** Stops accepting data; a FIN follows. */
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
