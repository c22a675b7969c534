package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;

/** The sequence ranges that the peer has reported as received out of order: disjoint, not adjacent, ascending. */
final class SackedRanges {

  private static final int FIRST_LENGTH = 16;
  private static final int[] NONE = {};

  /** Empty until the first range is added. */
  private int[] edges = NONE;
  /** The first used entry of {@link #edges}. From it to {@link #tail}, left and right edges alternate. */
  private int head;

  private int tail;

  boolean isEmpty() {
    return head == tail;
  }

  /** The number of ranges. */
  int count() {
    return (tail - head) / 2;
  }

  int left(int index) {
    return edges[head + 2 * index];
  }

  int right(int index) {
    return edges[head + 2 * index + 1];
  }

  /** The end of the last range. Call only if there is a range. */
  int highest() {
    return edges[tail - 1];
  }

  /** Returns the index of the first range that ends after {@code seq}; {@link #count} if there is none. */
  int firstEndingAfter(int seq) {
    int low = 0;
    int high = count();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (SequenceNumber.after(right(middle), seq)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** Adds a range that overlaps no other. */
  void add(int left, int right) {
    int index = firstEndingAfter(left);
    boolean joinsBefore = index > 0 && right(index - 1) == left;
    boolean joinsAfter = index < count() && left(index) == right;
    int at = head + 2 * index;
    if (joinsBefore && joinsAfter) {
      System.arraycopy(edges, at + 1, edges, at - 1, tail - at - 1);
      tail -= 2;
    } else if (joinsBefore) {
      edges[at - 1] = right;
    } else if (joinsAfter) {
      edges[at] = left;
    } else {
      at = makePlace(index);
      edges[at] = left;
      edges[at + 1] = right;
    }
  }

  /** Moves the ranges from {@code index} on up by one; returns the array index of the free place. */
  private int makePlace(int index) {
    if (tail + 2 > edges.length) {
      int length = tail - head;
      int[] larger = 2 * length + 2 > edges.length ? new int[Math.max(FIRST_LENGTH, 2 * edges.length)] : edges;
      System.arraycopy(edges, head, larger, 0, length);
      edges = larger;
      head = 0;
      tail = length;
    }
    int at = head + 2 * index;
    System.arraycopy(edges, at, edges, at + 2, tail - at);
    tail += 2;
    return at;
  }

  /** Removes everything before {@code seq}. */
  void discardBefore(int seq) {
    while (head < tail && SequenceNumber.beforeOrAt(edges[head + 1], seq)) {
      head += 2;
    }
    if (head < tail) {
      edges[head] = SequenceNumber.later(edges[head], seq);
    } else {
      clear();
    }
  }

  void clear() {
    head = 0;
    tail = 0;
  }
}
