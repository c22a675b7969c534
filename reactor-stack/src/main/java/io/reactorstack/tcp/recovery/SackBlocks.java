package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;

/**
 * Reads the blocks of a SACK option: drops those that are not credible, and separates a D-SACK (RFC 2018, RFC 2883).
 */
final class SackBlocks {

  private static final int MOST = 4;

  private final int[] left = new int[MOST];
  private final int[] right = new int[MOST];
  private int count;
  private boolean duplicate;
  private int duplicateLeft;
  private int duplicateRight;

  /**
   * Reads {@code edges} of a segment that acknowledges {@code ack}. Ignores blocks that are empty or end beyond
   * SND.NXT, cuts off what lies before SND.UNA, and sorts the remaining blocks in ascending order.
   */
  void read(int[] edges, int ack, int sndUna, int sndNxt, int maxWindow) {
    count = 0;
    int n = Math.min(edges.length / 2, MOST);
    duplicate = n > 0 && isDuplicate(edges, n, ack)
        && isCredibleDuplicate(edges[0], edges[1], sndUna, sndNxt, maxWindow);
    if (duplicate) {
      duplicateLeft = edges[0];
      duplicateRight = edges[1];
    }
    for (int i = n > 0 && isDuplicate(edges, n, ack) ? 1 : 0; i < n; i++) {
      int from = edges[2 * i];
      int to = edges[2 * i + 1];
      // An acknowledgement that another one has overtaken may report data that is acknowledged already.
      int clipped = SequenceNumber.later(from, sndUna);
      if (SequenceNumber.after(from, ack)
          && isWithin(sndUna, clipped, to, sndNxt)
          && SequenceNumber.before(from, to)) {
        insert(clipped, to);
      }
    }
  }

  /**
   * Returns whether the first block is a D-SACK. RFC 2883 5: it lies below the acknowledgement number of its segment,
   * or within the second block.
   */
  private static boolean isDuplicate(int[] edges, int n, int ack) {
    if (SequenceNumber.before(edges[0], ack)) {
      return true;
    }
    return n > 1
        && SequenceNumber.afterOrAt(edges[0], edges[2])
        && SequenceNumber.beforeOrAt(edges[1], edges[3]);
  }

  /** Returns whether a D-SACK refers to octets that were sent, and not longer ago than a window. */
  private static boolean isCredibleDuplicate(int from, int to, int sndUna, int sndNxt, int maxWindow) {
    return SequenceNumber.before(from, to) && isWithin(sndUna - Math.max(maxWindow, 1 << 16), from, to, sndNxt);
  }

  /**
   * Returns whether the octets {@code from} to {@code to} lie between {@code first} and {@code end}. Comparisons of pairs
   * are not enough: three edges can go round the sequence space, each after the one before.
   */
  private static boolean isWithin(int first, int from, int to, int end) {
    return Integer.compareUnsigned(from - first, to - first) < 0
        && Integer.compareUnsigned(to - first, end - first) <= 0;
  }

  private void insert(int from, int to) {
    int at = count++;
    while (at > 0 && SequenceNumber.after(left[at - 1], from)) {
      left[at] = left[at - 1];
      right[at] = right[at - 1];
      at--;
    }
    left[at] = from;
    right[at] = to;
  }

  int count() {
    return count;
  }

  int left(int index) {
    return left[index];
  }

  int right(int index) {
    return right[index];
  }

  boolean hasDuplicate() {
    return duplicate;
  }

  int duplicateLeft() {
    return duplicateLeft;
  }

  int duplicateRight() {
    return duplicateRight;
  }
}
