package io.reactorstack.tcp.engine;

/**
 * Remembers, for the bytes not yet acknowledged, at which offsets the queued data ended when it was first sent. A
 * segment up to such an offset carries PSH (RFC 9293 MUST-61), and again when it is retransmitted.
 */
final class PushMarks {

  /** Upper limit on the marks. An application that writes byte by byte may lose some pushes in retransmissions. */
  private static final int MOST = 64;

  private static final int FIRST_LENGTH = 4;
  private static final long[] NONE = {};

  /** The stream offsets after pushed bytes, in growing order, from {@link #head} on. */
  private long[] ends = NONE;
  private int head;
  private int count;

  /** Adds the stream offset {@code end}, which is greater than all others. */
  void add(long end) {
    if (count == MOST) {
      ends[head + count - 1] = end;
      return;
    }
    if (head + count == ends.length) {
      makePlace();
    }
    ends[head + count++] = end;
  }

  /** Moves the marks to the beginning of the array, which grows unless half of it becomes free. */
  private void makePlace() {
    long[] to = 2 * count < ends.length ? ends : new long[Math.max(FIRST_LENGTH, 2 * ends.length)];
    System.arraycopy(ends, head, to, 0, count);
    ends = to;
    head = 0;
  }

  /** Returns whether the bytes after {@code from} up to {@code to} contain a push. */
  boolean isIn(long from, long to) {
    for (int i = head; i < head + count; i++) {
      if (ends[i] > from) {
        return ends[i] <= to;
      }
    }
    return false;
  }

  /** Drops the marks up to {@code start}: everything before it was acknowledged. */
  void discard(long start) {
    while (count > 0 && ends[head] <= start) {
      head++;
      count--;
    }
    if (count == 0) {
      head = 0;
    }
  }
}
