package io.reactorstack.tcp.engine;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Remembers, for the bytes not yet acknowledged, at which offsets the queued data ended when it was first sent. A
 * segment up to such an offset carries PSH (RFC 9293 MUST-61), and again when it is retransmitted.
 */
final class PushMarks {

  /** Upper limit on the marks. An application that writes byte by byte may lose some pushes in retransmissions. */
  private static final int MOST = 64;

  /** The stream offsets after pushed bytes, in growing order. */
  private final Deque<Long> ends = new ArrayDeque<>(4);

  void add(long end) {
    if (ends.size() == MOST) {
      ends.removeLast();
    }
    ends.addLast(end);
  }

  /** Returns whether the bytes after {@code from} up to {@code to} contain a push. */
  boolean isIn(long from, long to) {
    for (long end : ends) {
      if (end > from) {
        return end <= to;
      }
    }
    return false;
  }

  /** Drops the marks up to {@code start}: everything before it was acknowledged. */
  void discard(long start) {
    while (!ends.isEmpty() && ends.peekFirst() <= start) {
      ends.removeFirst();
    }
  }
}
