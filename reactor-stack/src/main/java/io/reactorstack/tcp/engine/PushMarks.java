package io.reactorstack.tcp.engine;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Where the data ended, among the bytes not yet acknowledged, when it was sent first: such a segment is pushed (RFC 9293
 * MUST-61), and pushed again when it is sent again.
 */
final class PushMarks {

  /** Whoever writes byte by byte gets some pushes less when they are sent again. */
  private static final int MOST = 64;

  /** Offsets in the stream after pushed bytes, in growing order. */
  private final Deque<Long> ends = new ArrayDeque<>(4);

  void add(long end) {
    if (ends.size() == MOST) {
      ends.removeLast();
    }
    ends.addLast(end);
  }

  /** Whether a push is in the bytes after {@code from} up to {@code to}. */
  boolean isIn(long from, long to) {
    for (long end : ends) {
      if (end > from) {
        return end <= to;
      }
    }
    return false;
  }

  /** Everything before {@code start} was acknowledged. */
  void discard(long start) {
    while (!ends.isEmpty() && ends.peekFirst() <= start) {
      ends.removeFirst();
    }
  }
}
