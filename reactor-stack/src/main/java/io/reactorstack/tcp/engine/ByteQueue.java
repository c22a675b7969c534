package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.HostMemory;
import java.util.Arrays;

/**
 * A stream of bytes in a ring of buffers: appended at its end, taken, thrown away or copied from its beginning.
 *
 * <p>Small pieces are copied together into chunks that grow with what is held, so that neither many one-byte segments nor
 * one lonely byte pin much memory. {@link #memory} is what is really held, the free rest of a chunk included.
 */
final class ByteQueue {

  /** What a buffer costs beside its bytes: the objects around it. */
  static final int BUFFER_OVERHEAD = HostMemory.BUFFER_OVERHEAD;

  /** A chunk of at least this many bytes of which less than {@link #LONELY_SHARE} is left is exchanged for a small one. */
  private static final int WORTH_EXCHANGING = 4096;
  private static final int LONELY_SHARE = 8;

  /** What may lie idle of a chunk: less is not worth a copy. */
  private static final int IDLE_SHARE = 32;

  private static final int SMALLEST_CHUNK = 256;
  private static final int LARGEST_CHUNK = 64 * 1024;

  private final ByteBufAllocator allocator;
  private ByteBuf[] ring = new ByteBuf[4];
  /** Offset in the stream of the end of each buffer's bytes. */
  private long[] ends = new long[4];
  /** Memory charged for each buffer. */
  private int[] charges = new int[4];
  private int head;
  private int count;
  private long start;
  private long end;
  private int memory;
  /** Whether the last buffer is an own chunk that takes more bytes. */
  private boolean tailOpen;

  ByteQueue(ByteBufAllocator allocator) {
    this.allocator = allocator;
    Arrays.fill(ring, Unpooled.EMPTY_BUFFER);
  }

  /** Bytes in the queue. */
  int length() {
    return (int) (end - start);
  }

  /** Bytes of memory held. */
  int memory() {
    return memory;
  }

  /** Bytes that can be appended without taking more memory. */
  int room() {
    return tailOpen ? ring[slot(count - 1)].writableBytes() : 0;
  }

  /**
   * Copies {@code length} bytes from {@code source}, advancing it.
   *
   * @param budget memory that may be taken ahead of need
   */
  void append(ByteBuf source, int length, int budget) {
    int left = length;
    if (tailOpen) {
      left -= fill(source, left);
    }
    if (left > 0) {
      // As much as is already held: so the free rest is never the larger part.
      int ahead = Math.clamp(length(), SMALLEST_CHUNK, LARGEST_CHUNK);
      int size = Math.max(left, Math.min(ahead, budget - BUFFER_OVERHEAD));
      push(allocator.directBuffer(size, size), size + BUFFER_OVERHEAD);
      tailOpen = true;
      fill(source, left);
    }
  }

  /** Gives back what the last chunk has free beyond {@code room}, for no more than that will come. */
  void trim(int room) {
    int excess = room() - room;
    if (excess <= 0) {
      return;
    }
    int slot = slot(count - 1);
    ByteBuf chunk = ring[slot];
    // Of a chunk that a reader has a part of, nothing can be given back.
    if (excess > chunk.capacity() / IDLE_SHARE && chunk.refCnt() == 1) {
      int size = chunk.readableBytes() + room;
      ring[slot] = allocator.directBuffer(size, size).writeBytes(chunk);
      chunk.release();
      memory += size + BUFFER_OVERHEAD - charges[slot];
      charges[slot] = size + BUFFER_OVERHEAD;
    }
  }

  /** Copies into the last buffer what fits. */
  private int fill(ByteBuf source, int wanted) {
    int slot = slot(count - 1);
    ByteBuf chunk = ring[slot];
    int n = Math.min(wanted, chunk.writableBytes());
    chunk.writeBytes(source, n);
    end += n;
    ends[slot] = end;
    return n;
  }

  /** Appends {@code buffer} without a copy and takes ownership of it; the memory that lives as long as it is held. */
  void appendWhole(ByteBuf buffer) {
    push(buffer, Math.toIntExact(HostMemory.pinnedBy(buffer)));
    tailOpen = false;
  }

  /** Moves all of {@code other} to the end of this queue, by copying while that fills memory that is held already. */
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
   * Takes at most {@code max} bytes, of one buffer; the caller owns the result. The queue must not be empty. The memory of a
   * buffer is held until its last byte is taken.
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

  /** Throws away the first {@code length} bytes. */
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

  /** Exchanges the first chunk for a small one if few bytes are left in it, so that they do not pin the whole. */
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

  /** Copies {@code length} bytes from {@code offset} on, counted from the beginning, to the end of {@code target}. */
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

  /** Position in the ring, from its head, of the buffer that holds the byte at {@code at}. */
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

  /** Releases everything. */
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
    ByteBuf[] buffers = new ByteBuf[2 * count];
    long[] offsets = new long[2 * count];
    int[] costs = new int[2 * count];
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
