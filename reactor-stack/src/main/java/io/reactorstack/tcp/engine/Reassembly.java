package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.SequenceNumber;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Data received out of order, as ranges with holes between them (RFC 9293 section 3.10.7.4, SHLD-31).
 *
 * <p>The window limits its bytes, the caller's budget its memory, and {@link #MAX_RANGES} its ranges. Data beyond these
 * limits is dropped; it has not been acknowledged. Where segments overlap, the octets that arrived first are kept.
 */
final class Reassembly {

  /** Upper limit on ranges: more holes than any honest path makes. It keeps the search short whatever arrives. */
  static final int MAX_RANGES = 256;

  private static final class Range {
    int start;
    final ByteQueue bytes;
    /** The number of the last arrival that touched the range, as a count of arrivals. */
    long touched;

    Range(int start, ByteQueue bytes) {
      this.start = start;
      this.bytes = bytes;
    }

    int end() {
      return start + bytes.length();
    }
  }

  /** Stands for no ranges; never changed. */
  private static final ArrayList<Range> NONE = new ArrayList<>(0);

  /** Holds nothing; stands for the reassembly of a connection before its first segment out of order. */
  static final Reassembly EMPTY = new Reassembly(Unpooled.EMPTY_BUFFER.alloc());

  private final ByteBufAllocator allocator;
  /** {@link #NONE} until the first segment arrives out of order. */
  private ArrayList<Range> ranges = NONE;
  private int memory;
  private long arrivals;
  private int duplicateStart;
  private int duplicateEnd;

  Reassembly(ByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  boolean isEmpty() {
    return ranges.isEmpty();
  }

  /** The memory held, in bytes. */
  int memory() {
    return memory;
  }

  /** The number of ranges held. */
  int ranges() {
    return ranges.size();
  }

  /** The sequence number after the last byte held. Call only if a range is held. */
  int end() {
    return ranges.getLast().end();
  }

  /**
   * Stores the new octets of {@code payload}, as far as {@code budget} allows. Octets that do not fit remain readable
   * in it.
   *
   * @param seq the sequence number of the first octet of {@code payload}
   * @param budget the memory that may be added, in bytes
   * @param edge the limit of the sequence numbers that may arrive; no memory is allocated ahead of need for octets
   *   beyond it
   */
  void insert(int seq, ByteBuf payload, int budget, int edge) {
    int at = seq;
    int i = firstEndingAtOrAfter(seq);
    int limit = memory + budget;
    duplicateStart = seq;
    duplicateEnd = seq;
    arrivals++;
    while (payload.isReadable()) {
      int left = payload.readableBytes();
      if (i < ranges.size() && SequenceNumber.beforeOrAt(ranges.get(i).start, at)) {
        Range range = ranges.get(i);
        int known = Math.min(left, range.end() - at);
        noteDuplicate(at, known);
        range.touched = arrivals;
        payload.skipBytes(known);
        at += known;
        int room = (i + 1 < ranges.size() ? ranges.get(i + 1).start : edge) - at;
        int n = Math.min(left - known, room);
        if (n > 0 && !extend(range, payload, n, room, limit - memory)) {
          return;
        }
        at += n;
      } else {
        int room = (i < ranges.size() ? ranges.get(i).start : edge) - at;
        int n = Math.min(left, room);
        Range range = new Range(at, new ByteQueue(allocator));
        if (ranges.size() == MAX_RANGES || !extend(range, payload, n, room, limit - memory)) {
          return;
        }
        add(i, range);
        range.touched = arrivals;
        if (i > 0) {
          trim(ranges.get(i - 1), at);
        }
        at += n;
      }
      joinWithNext(i);
    }
  }

  /**
   * Appends to a range. Except for its first piece, allocates memory ahead of need for up to {@code room} octets, up to
   * the next range.
   */
  private boolean extend(Range range, ByteBuf payload, int n, int room, int budget) {
    if (n > range.bytes.room() && n + ByteQueue.BUFFER_OVERHEAD > budget) {
      return false;
    }
    int before = range.bytes.memory();
    range.bytes.append(payload, n, before == 0 ? 0 : Math.min(room, budget));
    memory += range.bytes.memory() - before;
    return true;
  }

  /** Frees memory that {@code range} has allocated ahead of need beyond {@code next}, where another range begins. */
  private void add(int i, Range range) {
    if (ranges.isEmpty()) {
      ranges = new ArrayList<>();
    }
    ranges.add(i, range);
  }

  private void trim(Range range, int next) {
    int before = range.bytes.memory();
    range.bytes.trim(next - range.end());
    memory += range.bytes.memory() - before;
  }

  private void joinWithNext(int i) {
    if (i + 1 < ranges.size() && ranges.get(i).end() == ranges.get(i + 1).start) {
      Range joined = ranges.get(i);
      joined.touched = arrivals;
      ByteQueue first = joined.bytes;
      ByteQueue second = ranges.remove(i + 1).bytes;
      memory -= first.memory() + second.memory();
      first.takeAll(second);
      memory += first.memory();
    }
  }

  /**
   * Notes octets that were received before. RFC 2883 4.2.3: if a segment has several such parts, the first is reported.
   */
  private void noteDuplicate(int at, int n) {
    if (n > 0 && duplicateStart == duplicateEnd) {
      duplicateStart = at;
      duplicateEnd = at + n;
    }
  }

  /** The start of the first part of the last {@link #insert} that was already held. */
  int duplicateStart() {
    return duplicateStart;
  }

  /** The end of that part; equal to {@link #duplicateStart} if there is none. */
  int duplicateEnd() {
    return duplicateEnd;
  }

  /** Returns whether all octets from {@code start} to {@code end} are held. */
  boolean holds(int start, int end) {
    Range range = rangeAt(start);
    return range != null && SequenceNumber.afterOrAt(range.end(), end);
  }

  private @Nullable Range rangeAt(int seq) {
    int i = firstEndingAtOrAfter(seq + 1);
    return i < ranges.size() && SequenceNumber.beforeOrAt(ranges.get(i).start, seq) ? ranges.get(i) : null;
  }

  /**
   * Writes the edges of as many ranges as fit into {@code edges}, from index {@code count} on: first the range that
   * holds {@code newest}, then the others, most recently touched first (RFC 2018 section 4).
   *
   * @return the number of entries used
   */
  int blocks(int newest, int[] edges, int count) {
    Range first = rangeAt(newest);
    int n = first == null ? count : put(first, edges, count);
    long before = Long.MAX_VALUE;
    while (n < edges.length) {
      Range next = null;
      for (Range range : ranges) {
        if (range.touched < before && (next == null || range.touched > next.touched)) {
          next = range;
        }
      }
      if (next == null) {
        break;
      }
      before = next.touched;
      if (next != first) {
        n = put(next, edges, n);
      }
    }
    return n;
  }

  private static int put(Range range, int[] edges, int at) {
    edges[at] = range.start;
    edges[at + 1] = range.end();
    return at + 2;
  }

  private int firstEndingAtOrAfter(int seq) {
    int low = 0;
    int high = ranges.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (SequenceNumber.afterOrAt(ranges.get(middle).end(), seq)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** The number of bytes missing between {@code rcvNxt} and the first range. */
  int gapAfter(int rcvNxt) {
    return ranges.isEmpty() ? Integer.MAX_VALUE : ranges.getFirst().start - rcvNxt;
  }

  /**
   * Moves the first range to {@code target} if it starts at {@code rcvNxt}.
   *
   * @return the number of bytes moved
   */
  int takeInOrder(int rcvNxt, ByteQueue target) {
    if (gapAfter(rcvNxt) != 0) {
      return 0;
    }
    ByteQueue bytes = ranges.removeFirst().bytes;
    int n = bytes.length();
    memory -= bytes.memory();
    target.takeAll(bytes);
    return n;
  }

  /** Discards ranges, the furthest first, until {@code needed} bytes of memory are free. */
  void prune(int needed) {
    for (int freed = 0; freed < needed && !ranges.isEmpty();) {
      ByteQueue bytes = ranges.removeLast().bytes;
      freed += bytes.memory();
      memory -= bytes.memory();
      bytes.release();
    }
  }

  void release() {
    for (Range range : ranges) {
      range.bytes.release();
    }
    ranges = NONE;
    memory = 0;
  }
}
