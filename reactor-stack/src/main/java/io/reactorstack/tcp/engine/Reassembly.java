package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.packet.SequenceNumber;
import java.util.ArrayList;
import java.util.List;

/**
 * Data received out of order, as ranges with holes between them (RFC 9293 section 3.10.7.4, SHLD-31).
 *
 * <p>Bounded in bytes by the window, in memory by the caller's budget, in ranges by {@link #MAX_RANGES}: what does not fit
 * is dropped, for it was not acknowledged. Where segments overlap the octets that came first stay.
 */
final class Reassembly {

  /** More holes than any honest path makes; keeps the search short whatever arrives. */
  static final int MAX_RANGES = 256;

  private static final class Range {
    int start;
    final ByteQueue bytes;

    Range(int start, ByteQueue bytes) {
      this.start = start;
      this.bytes = bytes;
    }

    int end() {
      return start + bytes.length();
    }
  }

  private final ByteBufAllocator allocator;
  private final List<Range> ranges = new ArrayList<>();
  private int memory;

  Reassembly(ByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  boolean isEmpty() {
    return ranges.isEmpty();
  }

  /** Bytes of memory held. */
  int memory() {
    return memory;
  }

  /** Number of ranges held. */
  int ranges() {
    return ranges.size();
  }

  /** The sequence number after the last byte held; call only if there is one. */
  int end() {
    return ranges.getLast().end();
  }

  /**
   * Keeps what is new of {@code payload}, whose first octet is {@code seq}, and costs no more than {@code budget}.
   */
  void insert(int seq, ByteBuf payload, int budget) {
    int at = seq;
    int i = firstEndingAtOrAfter(seq);
    int limit = memory + budget;
    while (payload.isReadable()) {
      int left = payload.readableBytes();
      if (i < ranges.size() && SequenceNumber.beforeOrAt(ranges.get(i).start, at)) {
        Range range = ranges.get(i);
        int known = Math.min(left, range.end() - at);
        payload.skipBytes(known);
        at += known;
        int room = i + 1 < ranges.size() ? ranges.get(i + 1).start - at : Integer.MAX_VALUE;
        int n = Math.min(left - known, room);
        if (n > 0 && !extend(range, payload, n, limit - memory)) {
          return;
        }
        at += n;
      } else {
        int room = i < ranges.size() ? ranges.get(i).start - at : Integer.MAX_VALUE;
        int n = Math.min(left, room);
        Range range = new Range(at, new ByteQueue(allocator));
        if (ranges.size() == MAX_RANGES || !extend(range, payload, n, limit - memory)) {
          return;
        }
        ranges.add(i, range);
        at += n;
      }
      joinWithNext(i);
    }
  }

  private boolean extend(Range range, ByteBuf payload, int n, int budget) {
    if (n + ByteQueue.BUFFER_OVERHEAD > budget) {
      return false;
    }
    int before = range.bytes.memory();
    // Nothing ahead of need: what comes next may belong to another range, and the window was promised without the rest.
    range.bytes.append(payload, n, 0);
    memory += range.bytes.memory() - before;
    return true;
  }

  private void joinWithNext(int i) {
    if (i + 1 < ranges.size() && ranges.get(i).end() == ranges.get(i + 1).start) {
      ByteQueue first = ranges.get(i).bytes;
      ByteQueue second = ranges.remove(i + 1).bytes;
      memory -= first.memory() + second.memory();
      first.takeAll(second);
      memory += first.memory();
    }
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

  /** Bytes missing between {@code rcvNxt} and the first range. */
  int gapAfter(int rcvNxt) {
    return ranges.isEmpty() ? Integer.MAX_VALUE : ranges.getFirst().start - rcvNxt;
  }

  /**
   * Moves what continues the stream at {@code rcvNxt} to {@code target}.
   *
   * @return the number of bytes moved
   */
  int takeInOrder(int rcvNxt, ByteQueue target) {
    int moved = 0;
    while (!ranges.isEmpty() && SequenceNumber.beforeOrAt(ranges.getFirst().start, rcvNxt + moved)) {
      Range first = ranges.removeFirst();
      memory -= first.bytes.memory();
      int known = Math.min(rcvNxt + moved - first.start, first.bytes.length());
      first.bytes.discard(known);
      moved += first.bytes.length();
      target.takeAll(first.bytes);
    }
    return moved;
  }

  void release() {
    for (Range range : ranges) {
      range.bytes.release();
    }
    ranges.clear();
    memory = 0;
  }
}
