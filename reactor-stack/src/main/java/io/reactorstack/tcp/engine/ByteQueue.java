package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.HostMemory;
import java.util.Arrays;

/**
 * A byte stream in a ring of buffers. Bytes are appended at its end, and taken, discarded or copied from its beginning.
 *
 * <p>Small pieces are copied together into chunks that grow with the length of the queue, so neither many one-byte
 * segments nor one remaining byte hold much memory. {@link #memory} is the memory actually held, including the unused
 * part of a chunk.
 */
final class ByteQueue {

  /** The memory charged for each buffer beside its bytes, for the objects around it. */
  static final int BUFFER_OVERHEAD = HostMemory.BUFFER_OVERHEAD;

  /**
   * A chunk charged with at least this many bytes is replaced by a small one when less than one part in
   * {@link #LONELY_SHARE} of it is still used.
   */
  private static final int WORTH_EXCHANGING = 4096;
  private static final int LONELY_SHARE = 8;

  /** An unused part smaller than one in this many of a chunk's capacity is not trimmed: it does not justify a copy. */
  private static final int IDLE_SHARE = 32;

  /** Pieces of at least this many bytes may be kept without a copy. */
  private static final int WORTH_ADOPTING = 2048;

  /** A buffer is kept only if at most one part in this many is not part of the queue. */
  private static final int WASTE_SHARE = 32;

  private static final int SMALLEST_CHUNK = 256;
  private static final int LARGEST_CHUNK = 64 * 1024;

  private static final int FIRST_SLOTS = 4;
  private static final ByteBuf[] NO_BUFFERS = {};
  private static final long[] NO_ENDS = {};
  private static final int[] NO_CHARGES = {};

  /** A queue that stays empty: it stands for the one of an owner that has had no bytes yet. */
  static final ByteQueue EMPTY = new ByteQueue(Unpooled.EMPTY_BUFFER.alloc());

  private final ByteBufAllocator allocator;
  /** Empty until the first bytes arrive, like the other arrays. */
  private ByteBuf[] ring = NO_BUFFERS;
  /** The stream offset of the end of each buffer's bytes. */
  private long[] ends = NO_ENDS;
  /** Memory charged for each buffer. */
  private int[] charges = NO_CHARGES;
  private int head;
  private int count;
  private long start;
  private long end;
  private int memory;
  /** True if the last buffer is a chunk of this queue that can take more bytes. */
  private boolean tailOpen;

  ByteQueue(ByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  /** The number of bytes in the queue. */
  int length() {
    return (int) (end - start);
  }

  /** The memory held, in bytes. */
  int memory() {
    return memory;
  }

  /** The number of bytes that can be appended without allocating memory. */
  int room() {
    return tailOpen ? ring[slot(count - 1)].writableBytes() : 0;
  }

  /**
   * Appends {@code length} bytes of {@code source} by copying, and advances its reader index.
   *
   * @param budget the memory that may be allocated ahead of need, in bytes
   */
  void append(ByteBuf source, int length, int budget) {
    int left = length;
    if (tailOpen) {
      left -= fill(source, left);
    }
    if (left > 0) {
      // Allocate as much as the queue already holds, so that the unused part is never the larger one.
      int ahead = Math.clamp(length(), SMALLEST_CHUNK, LARGEST_CHUNK);
      int size = Math.max(left, Math.min(ahead, budget - BUFFER_OVERHEAD));
      push(allocator.directBuffer(size, size), size + BUFFER_OVERHEAD);
      tailOpen = true;
      fill(source, left);
    }
  }

  /** Shrinks the last chunk so that it has at most {@code room} free bytes, because no more data will be appended. */
  void trim(int room) {
    int excess = room() - room;
    if (excess <= 0) {
      return;
    }
    int slot = slot(count - 1);
    ByteBuf chunk = ring[slot];
    // A chunk that a reader shares cannot be shrunk.
    if (excess > chunk.capacity() / IDLE_SHARE && chunk.refCnt() == 1) {
      int size = chunk.readableBytes() + room;
      ring[slot] = allocator.directBuffer(size, size).writeBytes(chunk);
      chunk.release();
      memory += size + BUFFER_OVERHEAD - charges[slot];
      charges[slot] = size + BUFFER_OVERHEAD;
    }
  }

  /** Copies as many bytes as fit into the last buffer. */
  private int fill(ByteBuf source, int wanted) {
    int slot = slot(count - 1);
    ByteBuf chunk = ring[slot];
    int n = Math.min(wanted, chunk.writableBytes());
    chunk.writeBytes(source, n);
    end += n;
    ends[slot] = end;
    return n;
  }

  /**
   * Appends {@code buffer} without a copy and takes ownership of it. It is charged with all the memory that it keeps
   * alive.
   */
  void appendWhole(ByteBuf buffer) {
    push(buffer, Math.toIntExact(HostMemory.pinnedBy(buffer)));
    tailOpen = false;
  }

  /**
   * Appends {@code length} bytes of {@code source} without a copy, and advances its reader index, if they are many and
   * the buffers that hold them hold little else; otherwise does nothing and returns {@code false}.
   *
   * <p>A payload of several buffers is that of a sender in this process, to whose account their other bytes belong.
   */
  boolean adopt(ByteBuf source, int length) {
    if (length < WORTH_ADOPTING) {
      return false;
    }
    if (source instanceof CompositeByteBuf parts) {
      return adoptParts(parts, length);
    }
    long pinned = HostMemory.pinnedBy(source);
    if (pinned - length > length / WASTE_SHARE + BUFFER_OVERHEAD) {
      return false;
    }
    trim(0);
    push(source.readRetainedSlice(length), (int) pinned);
    tailOpen = false;
    return true;
  }

  private boolean adoptParts(CompositeByteBuf parts, int length) {
    int from = parts.readerIndex();
    int i = parts.toComponentIndex(from);
    int last = parts.toComponentIndex(from + length - 1);
    if (length / (last - i + 1) < WORTH_ADOPTING) {
      return false;
    }
    trim(0);
    for (int left = length; left > 0; i++) {
      int offset = parts.readerIndex() - parts.toByteIndex(i);
      ByteBuf part = parts.internalComponent(i);
      int n = Math.min(left, part.readableBytes() - offset);
      push(part.retainedSlice(part.readerIndex() + offset, n), n + BUFFER_OVERHEAD);
      tailOpen = false;
      parts.skipBytes(n);
      left -= n;
    }
    return true;
  }

  /**
   * Moves all bytes of {@code other} to the end of this queue. Copies them where they fit into the free part of the
   * last chunk.
   */
  void takeAll(ByteQueue other) {
    boolean otherTailOpen = other.tailOpen;
    while (other.count > 0) {
      ByteBuf buffer = other.ring[other.head];
      int charge = other.charges[other.head];
      other.pop();
      if (tailOpen && buffer.readableBytes() <= ring[slot(count - 1)].writableBytes()) {
        fill(buffer, buffer.readableBytes());
        buffer.release();
      } else {
        push(buffer, charge);
        tailOpen = other.count == 0 && otherTailOpen;
      }
    }
  }

  /**
   * Takes at most {@code max} bytes from the first buffer; the caller owns the result. The queue must not be empty. The
   * memory of a buffer counts as held until its last byte has been taken.
   */
  ByteBuf take(int max) {
    ByteBuf first = ring[head];
    if (max < first.readableBytes()) {
      start += max;
      return first.readRetainedSlice(max);
    }
    pop();
    return first;
  }

  /** Discards the first {@code length} bytes. */
  void discard(int length) {
    int left = length;
    while (left > 0) {
      ByteBuf first = ring[head];
      int readable = first.readableBytes();
      if (left < readable) {
        start += left;
        first.skipBytes(left);
        return;
      }
      left -= readable;
      pop();
      first.release();
    }
  }

  /**
   * Replaces the first chunk by a small one if few bytes are left in it, so that they do not keep the whole chunk
   * alive.
   */
  void compact() {
    if (count == 0 || charges[head] < WORTH_EXCHANGING) {
      return;
    }
    ByteBuf first = ring[head];
    int size = first.readableBytes();
    if (size < charges[head] / LONELY_SHARE) {
      ring[head] = allocator.directBuffer(size, size).writeBytes(first, first.readerIndex(), size);
      first.release();
      memory += size + BUFFER_OVERHEAD - charges[head];
      charges[head] = size + BUFFER_OVERHEAD;
    }
  }

  /**
   * Copies {@code length} bytes to the end of {@code target}, starting {@code offset} bytes after the beginning of the
   * queue.
   */
  void copyTo(int offset, int length, ByteBuf target) {
    long from = start + offset;
    int i = indexOf(from);
    int left = length;
    while (left > 0) {
      int slot = slot(i++);
      ByteBuf buffer = ring[slot];
      int available = (int) (ends[slot] - from);
      int n = Math.min(left, available);
      target.writeBytes(buffer, buffer.writerIndex() - available, n);
      from += n;
      left -= n;
    }
  }

  /**
   * Returns a buffer with headroom whose readable bytes are the {@code length} bytes that start {@code offset} bytes
   * after the beginning of the queue, without a copy. The views are read-only, because the queue keeps the bytes.
   */
  ByteBuf share(int offset, int length, ByteBufAllocator headers) {
    long from = start + offset;
    int i = indexOf(from);
    ByteBuf headroom = Headroom.allocate(headers, 0);
    CompositeByteBuf shared = headers.compositeDirectBuffer(Integer.MAX_VALUE).addComponent(true,
        headroom.readerIndex(0));
    try {
      for (int left = length; left > 0;) {
        int slot = slot(i++);
        ByteBuf buffer = ring[slot];
        int available = (int) (ends[slot] - from);
        int n = Math.min(left, available);
        shared.addComponent(true, buffer.retainedSlice(buffer.writerIndex() - available, n).asReadOnly());
        from += n;
        left -= n;
      }
    } catch (Throwable e) {
      shared.release();
      throw e;
    }
    return shared.readerIndex(Headroom.BYTES);
  }

  /**
   * Returns the position, counted from the head of the ring, of the buffer that holds the byte at stream offset
   * {@code at}.
   */
  private int indexOf(long at) {
    int low = 0;
    int high = count - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ends[slot(middle)] > at) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** Releases all buffers. */
  void release() {
    while (count > 0) {
      ByteBuf buffer = ring[head];
      pop();
      buffer.release();
    }
  }

  private int slot(int i) {
    return (head + i) & (ring.length - 1);
  }

  private void push(ByteBuf buffer, int charge) {
    if (count == ring.length) {
      grow();
    }
    int slot = slot(count++);
    end += buffer.readableBytes();
    ring[slot] = buffer;
    ends[slot] = end;
    charges[slot] = charge;
    memory += charge;
  }

  private void grow() {
    int slots = Math.max(FIRST_SLOTS, 2 * count);
    ByteBuf[] buffers = new ByteBuf[slots];
    long[] offsets = new long[slots];
    int[] costs = new int[slots];
    Arrays.fill(buffers, Unpooled.EMPTY_BUFFER);
    for (int i = 0; i < count; i++) {
      buffers[i] = ring[slot(i)];
      offsets[i] = ends[slot(i)];
      costs[i] = charges[slot(i)];
    }
    ring = buffers;
    ends = offsets;
    charges = costs;
    head = 0;
  }

  /** Removes the first buffer without releasing it. */
  private void pop() {
    start = ends[head];
    memory -= charges[head];
    ring[head] = Unpooled.EMPTY_BUFFER;
    head = slot(1);
    count--;
    tailOpen &= count > 0;
  }
}
