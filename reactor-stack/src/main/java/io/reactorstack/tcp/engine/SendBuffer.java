package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** Bytes accepted from the user and not yet acknowledged, and whether a FIN follows them. */
final class SendBuffer {

  /** Pieces at least this large are kept as they are; smaller ones are copied together. */
  private static final int WORTH_KEEPING = 2048;

  private final ByteQueue bytes;
  private int capacity;
  private int maxCapacity;
  private long written;
  private long acknowledged;
  private final PushMarks marks = new PushMarks();
  private long urgentEnd;
  private boolean shut;

  /** A buffer of {@code capacity} bytes that may grow to {@code maxCapacity}. */
  SendBuffer(ByteBufAllocator allocator, int capacity, int maxCapacity) {
    this.bytes = new ByteQueue(allocator);
    this.capacity = capacity;
    this.maxCapacity = maxCapacity;
  }

  /** Room for two congestion windows: what is in flight, and what follows it while the acknowledgements come. */
  void onCongestionWindow(int cwnd) {
    if (capacity < maxCapacity) {
      capacity = (int) Math.min(maxCapacity, Math.max(capacity, 2L * cwnd));
    }
  }

  /** The user has decided. What is held already stays, also beyond a smaller capacity. */
  void capacity(int limit) {
    capacity = limit;
    maxCapacity = limit;
  }

  /** Takes what fits; if {@code urgent}, the urgent data ends with it. */
  int write(ByteBuf data, boolean urgent) {
    int n = Math.min(data.readableBytes(), free());
    if (n >= WORTH_KEEPING) {
      bytes.appendWhole(data.readRetainedSlice(n));
    } else if (n > 0) {
      bytes.append(data, n, Integer.MAX_VALUE);
    }
    written += n;
    if (urgent && n > 0) {
      urgentEnd = written;
    }
    return n;
  }

  /** Octets from {@code offset}, counted from the first that is not acknowledged, to the end of the urgent data; at most 0 behind it. */
  long urgentAfter(int offset) {
    return urgentEnd - acknowledged - offset;
  }

  int free() {
    return shut ? 0 : Math.max(0, capacity - bytes.length());
  }

  /** Whether the user must wait for acknowledgements before anything more is accepted. */
  boolean isFull() {
    return bytes.length() >= capacity;
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
  }
}
