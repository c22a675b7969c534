package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * The segments in flight, in sequence order, with the time and number of their transmissions: the scoreboard of RFC
 * 6675.
 *
 * <p>It is a ring of reused records, so once the ring is large enough no segment causes an allocation. All sums are
 * updated as segments change; no query walks through the window.
 *
 * <p>Segments that were sent together share one record, as long as acknowledgements arrive in order. The first question
 * about a single segment, such as after a loss, gives each segment a record of its own.
 */
public final class RetransmissionQueue {

  private static final Comparator<SentSegment> BY_TRANSMISSION = (a, b) -> a == b ? 0 : a.isSentAfter(b) ? 1 : -1;

  private static final int FIRST_RING = 4;
  private static final SentSegment[] NONE = {};

  private final SackedRanges ranges = new SackedRanges();
  private final TransmissionOrder order = new TransmissionOrder();
  /** Empty until the first segment is sent; records are created as they are needed. */
  private SentSegment[] ring = NONE;
  private int head;
  /** The number of records. */
  private int size;
  /** The number of segments in flight that have no record of their own. */
  private int unlisted;
  private long transmissions;
  /** All segments that wait for retransmission are at this position or behind it. */
  private int firstLostHint;

  private int sackedBytes;
  private int sackedSegments;
  /** The bytes of the lost segments that are not retransmitted yet. */
  private int lostBytes;
  /** The bytes of {@link #lostSegments}, whose retransmissions are included in {@link #resentBytes}. */
  private int lostSegmentBytes;
  private int lostSegments;
  private int resentBytes;
  private int resentSegments;
  private long totalLost;

  // ---- questions

  /** Returns whether nothing is in flight. */
  public boolean isEmpty() {
    return size == 0;
  }

  /** The number of segments in flight. */
  public int size() {
    return size + unlisted;
  }

  /** Returns whether every segment in flight was sent once, and none is reported as received or lost. */
  public boolean isUndisturbed() {
    return sackedSegments == 0 && lostSegments == 0 && resentSegments == 0;
  }

  /** The number of bytes sent and not acknowledged, whether lost, reported as received, or neither. */
  public int bytes() {
    return size == 0 ? 0 : at(size - 1).end - at(0).seq;
  }

  /** The number of bytes that are marked as lost and not yet retransmitted. */
  public int lostBytes() {
    return lostBytes;
  }

  /** The number of segments that are marked as lost and not yet known to be received, retransmitted or not. */
  public int lostSegments() {
    return lostSegments;
  }

  /**
   * The total number of bytes ever marked as lost, rightly or not. Bytes that are lost again after their retransmission
   * count again.
   */
  public long totalLost() {
    return totalLost;
  }

  /** The number of bytes reported as received out of order. */
  public int sackedBytes() {
    return sackedBytes;
  }

  /** The number of segments reported as received out of order. */
  public int sackedSegments() {
    return sackedSegments;
  }

  /** The number of segments with a retransmission in flight. */
  public int resentSegments() {
    return resentSegments;
  }

  /** The number of bytes of {@link #resentSegments}. */
  public int resentBytes() {
    return resentBytes;
  }

  /** The estimated number of bytes in the network: pipe of RFC 6675 section 4, inflight of RFC 9937 section 6.2. */
  public int pipe() {
    return bytes() - sackedBytes - lostSegmentBytes + resentBytes;
  }

  /** Returns the segment at {@code position}; 0 is the earliest. */
  public SentSegment get(int position) {
    list();
    return at(position);
  }

  private SentSegment at(int position) {
    return ring[(head + position) & (ring.length - 1)];
  }

  /** The earliest segment in flight, or {@code null}. */
  public @Nullable SentSegment first() {
    list();
    return size == 0 ? null : at(0);
  }

  /** The latest segment in flight, or {@code null}. */
  public @Nullable SentSegment last() {
    list();
    return size == 0 ? null : at(size - 1);
  }

  /** The end of the highest range reported as received out of order; SND.UNA if none was. */
  int highestSacked() {
    return ranges.isEmpty() ? size == 0 ? 0 : at(0).seq : ranges.highest();
  }

  SackedRanges ranges() {
    return ranges;
  }

  TransmissionOrder order() {
    return order;
  }

  /** Returns the position of the segment that contains {@code seq}, which must be in flight. */
  public int position(int seq) {
    list();
    int low = 0;
    int high = size - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (SequenceNumber.after(at(middle).end, seq)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** Adds {@code segment} to the sums ({@code sign} 1) or subtracts it (-1). */
  private void account(SentSegment segment, int sign) {
    int bytes = sign * segment.length();
    if (segment.sacked) {
      sackedBytes += bytes;
      sackedSegments += sign;
    }
    if (segment.lost) {
      lostSegmentBytes += bytes;
      lostSegments += sign;
      if (!segment.resent) {
        lostBytes += bytes;
      }
    }
    if (segment.resent) {
      resentBytes += bytes;
      resentSegments += sign;
    }
  }

  // ---- sent

  /** Adds a new segment from {@code seq} to {@code end}, which was sent at {@code now}. */
  public SentSegment add(int seq, int end, boolean fin, long now) {
    return add(seq, end, fin, 0, now);
  }

  /**
   * Adds new segments from {@code seq} to {@code end}, which were sent together at {@code now}.
   *
   * @param segmentSize the octets of data in each of them except the last; 0 for a single segment
   */
  public SentSegment add(int seq, int end, boolean fin, int segmentSize, long now) {
    SentSegment segment = insert(size);
    segment.seq = seq;
    segment.end = end;
    segment.fin = fin;
    segment.segmentSize = segmentSize;
    unlisted += segment.count() - 1;
    segment.sacked = false;
    segment.lost = false;
    segment.resent = false;
    segment.firstSentAt = now;
    segment.lastSentAt = now;
    segment.transmission = ++transmissions;
    segment.transmissions = 1;
    segment.probe = false;
    segment.timeouts = 0;
    order.append(segment);
    return segment;
  }

  /** Notes that {@code segment} was sent again: it counts as in flight. */
  public void onRetransmitted(SentSegment segment, long now) {
    account(segment, -1);
    segment.resent = !segment.sacked;
    account(segment, 1);
    onTransmission(segment, now);
  }

  /** Marks {@code segment}, which was just added, as a probe of a closed window; it gives no round-trip sample. */
  public void markProbe(SentSegment segment) {
    segment.probe = true;
  }

  /**
   * Notes that an octet of {@code segment} was sent again to probe the window; the segment itself does not count as
   * retransmitted.
   */
  public void onProbed(SentSegment segment, long now) {
    segment.probe = true;
    onTransmission(segment, now);
  }

  private void onTransmission(SentSegment segment, long now) {
    segment.transmissions++;
    segment.transmission = ++transmissions;
    segment.lastSentAt = now;
    if (!segment.sacked && !segment.isLost()) {
      order.remove(segment);
      order.append(segment);
    }
  }

  /** Gives each segment a record of its own. */
  void list() {
    if (unlisted == 0) {
      return;
    }
    int total = size + unlisted;
    SentSegment[] listed = new SentSegment[Math.max(ring.length, Integer.highestOneBit(2 * total - 1))];
    int place = 0;
    for (int i = 0; i < size; i++) {
      SentSegment rest = at(i);
      while (rest.count() > 1) {
        SentSegment first = rest;
        rest = new SentSegment();
        rest.takeEnd(first, first.seq + first.segmentSize);
        if (first.ordered) {
          order.insertAfter(first, rest);
        }
        listed[place++] = first;
      }
      listed[place++] = rest;
    }
    ring = listed;
    head = 0;
    size = total;
    unlisted = 0;
  }

  /** Inserts an unused record at {@code position} and returns it. */
  private SentSegment insert(int position) {
    if (size == ring.length) {
      SentSegment[] larger = new SentSegment[Math.max(FIRST_RING, 2 * size)];
      for (int i = 0; i < size; i++) {
        larger[i] = at(i);
      }
      ring = larger;
      head = 0;
    }
    int mask = ring.length - 1;
    SentSegment spare = ring[(head + size) & mask];
    if (spare == null) {
      spare = new SentSegment();
    }
    for (int i = size; i > position; i--) {
      ring[(head + i) & mask] = ring[(head + i - 1) & mask];
    }
    ring[(head + position) & mask] = spare;
    size++;
    return spare;
  }

  /** Splits the segment at {@code position} at {@code seq}, which lies inside it. */
  private void split(int position, int seq) {
    SentSegment segment = at(position);
    SentSegment rest = insert(position + 1);
    account(segment, -1);
    unlisted -= segment.count() - 1;
    rest.takeEnd(segment, seq);
    unlisted += segment.count() - 1 + rest.count() - 1;
    account(segment, 1);
    account(rest, 1);
    if (segment.ordered) {
      order.insertAfter(segment, rest);
    }
    if (firstLostHint > position) {
      firstLostHint++;
    }
  }

  // ---- acknowledged

  /** Removes the segments that {@code ack} covers. Of a segment that is covered in part, the remaining part is kept. */
  public void acknowledge(int ack, Deliveries deliveries) {
    while (size > 0) {
      SentSegment segment = at(0);
      if (SequenceNumber.beforeOrAt(ack, segment.seq)) {
        break;
      }
      if (segment.count() > 1 && SequenceNumber.before(ack, segment.end)) {
        // The acknowledged segments, or the first one if it is acknowledged in part, get a record of their own.
        int size = segment.segmentSize;
        split(0, segment.seq + Math.max(size, (ack - segment.seq) / size * size));
        continue;
      }
      if (SequenceNumber.before(ack, segment.end)) {
        account(segment, -1);
        segment.seq = ack;
        account(segment, 1);
        break;
      }
      if (!segment.sacked) {
        deliveries.onDelivered(segment);
      }
      account(segment, -1);
      order.remove(segment);
      unlisted -= segment.count() - 1;
      head = (head + 1) & (ring.length - 1);
      size--;
      firstLostHint = Math.max(0, firstLostHint - 1);
    }
    ranges.discardBefore(ack);
  }

  /**
   * Marks the octets from {@code left} to {@code right}, which must be in flight, as received. Visits only segments
   * that were not reported before.
   *
   * @param mostSegments once the queue has this many segments, none is split any more: a segment that a block covers
   *   only in part counts as missing
   */
  public void sack(int left, int right, int mostSegments, Deliveries deliveries) {
    list();
    int at = left;
    int index = ranges.firstEndingAfter(at);
    while (SequenceNumber.before(at, right)) {
      int gapEnd = right;
      if (index < ranges.count()) {
        if (SequenceNumber.beforeOrAt(ranges.left(index), at)) {
          at = ranges.right(index);
          index++;
          continue;
        }
        gapEnd = SequenceNumber.earlier(right, ranges.left(index));
      }
      mark(at, gapEnd, mostSegments, deliveries);
      at = gapEnd;
      index = ranges.firstEndingAfter(at);
    }
  }

  /** Marks the segments that lie wholly in a range of which nothing is marked yet. */
  private void mark(int left, int right, int mostSegments, Deliveries deliveries) {
    int position = position(left);
    int from = left;
    if (SequenceNumber.before(at(position).seq, left)) {
      if (size < mostSegments) {
        split(position, left);
      } else {
        from = at(position).end;
      }
      position++;
    }
    int to = from;
    while (position < size && SequenceNumber.before(at(position).seq, right)) {
      SentSegment segment = at(position);
      if (SequenceNumber.after(segment.end, right)) {
        if (size >= mostSegments) {
          break;
        }
        split(position, right);
      }
      deliveries.onDelivered(segment);
      account(segment, -1);
      segment.sacked = true;
      segment.lost = false;
      segment.resent = false;
      account(segment, 1);
      order.remove(segment);
      to = segment.end;
      position++;
    }
    if (SequenceNumber.before(from, to)) {
      ranges.add(from, to);
    }
  }

  /** Clears all SACK marks, because the peer does not keep what it has reported (RFC 2018 section 8). */
  public void forgetSacked() {
    list();
    ranges.clear();
    for (int i = 0; i < size; i++) {
      SentSegment segment = at(i);
      account(segment, -1);
      segment.sacked = false;
      account(segment, 1);
    }
    restoreOrder();
  }

  // ---- lost

  /** Marks the earliest segment as lost. */
  public void markFirstLost() {
    list();
    if (size > 0) {
      markLost(at(0));
    }
  }

  /** Marks everything in flight as lost, except segments reported as received. */
  public void markAllLost() {
    list();
    for (int i = 0; i < size; i++) {
      markLost(i, at(i));
    }
  }

  /** Marks every segment with more data than {@code bytes} as lost. */
  public void markLostAbove(int bytes) {
    list();
    for (int i = 0; i < size; i++) {
      if (at(i).dataLength() > bytes) {
        markLost(i, at(i));
      }
    }
  }

  /** Marks {@code segment}, and its retransmission if there is one, as lost; returns whether this is new. */
  public boolean markLost(SentSegment segment) {
    return !segment.isLost() && markLost(position(segment.seq), segment);
  }

  boolean markLost(int position, SentSegment segment) {
    if (segment.isLost() || segment.sacked) {
      return false;
    }
    account(segment, -1);
    segment.lost = true;
    segment.resent = false;
    account(segment, 1);
    totalLost += segment.length();
    order.remove(segment);
    firstLostHint = Math.min(firstLostHint, position);
    return true;
  }

  /** Clears all loss marks: segments marked as lost count as in flight again. */
  public void unmarkLost() {
    list();
    for (int i = 0; i < size; i++) {
      SentSegment segment = at(i);
      account(segment, -1);
      segment.lost = false;
      account(segment, 1);
    }
    restoreOrder();
  }

  /** Rebuilds the order of transmission after many segments have changed together. */
  private void restoreOrder() {
    SentSegment[] sorted = new SentSegment[size];
    int n = 0;
    for (int i = 0; i < size; i++) {
      SentSegment segment = at(i);
      order.remove(segment);
      if (!segment.sacked && !segment.isLost()) {
        sorted[n++] = segment;
      }
    }
    Arrays.sort(sorted, 0, n, BY_TRANSMISSION);
    for (int i = 0; i < n; i++) {
      order.append(sorted[i]);
    }
  }

  /** Returns the earliest segment that waits for its retransmission, or {@code null}. */
  public @Nullable SentSegment firstLost() {
    if (lostBytes == 0) {
      return null;
    }
    list();
    for (int i = firstLostHint; i < size; i++) {
      SentSegment segment = at(i);
      if (segment.isLost()) {
        firstLostHint = i;
        return segment;
      }
    }
    throw new AssertionError("lost bytes without a lost segment");
  }

  /** Splits {@code segment} so that it carries at most {@code maxData} octets of data. */
  public void split(SentSegment segment, int maxData) {
    if (segment.dataLength() > maxData) {
      split(position(segment.seq), segment.seq + maxData);
    }
  }

  /** Splits {@code segment} at {@code seq}, if that lies inside it. */
  public void splitAt(SentSegment segment, int seq) {
    if (SequenceNumber.after(seq, segment.seq) && SequenceNumber.before(seq, segment.end)) {
      split(position(segment.seq), seq);
    }
  }

  /**
   * Returns the number of octets of data, at most {@code maxData}, that wait for retransmission at the front without a
   * gap.
   */
  public int lostAtFront(int maxData) {
    list();
    int data = 0;
    for (int i = 0; i < size && data < maxData && at(i).isLost() && !at(i).fin; i++) {
      data += at(i).length();
    }
    return Math.min(data, maxData);
  }

  /** Joins the first {@code data} octets, at most {@link #lostAtFront}, into one segment. */
  public void coalesce(int data) {
    list();
    SentSegment first = at(0);
    account(first, -1);
    while (first.length() < data) {
      SentSegment next = at(1);
      int taken = Math.min(next.length(), data - first.length());
      account(next, -1);
      first.end += taken;
      if (taken < next.length()) {
        next.seq += taken;
        account(next, 1);
      } else {
        remove(1);
      }
    }
    account(first, 1);
    firstLostHint = 0;
  }

  /** Removes the segment at {@code position}, which the sums no longer include. */
  private void remove(int position) {
    int mask = ring.length - 1;
    SentSegment spare = at(position);
    for (int i = position; i < size - 1; i++) {
      ring[(head + i) & mask] = at(i + 1);
    }
    ring[(head + size - 1) & mask] = spare;
    size--;
  }

  /** Counts a retransmission timeout of the earliest segment. */
  public void onTimeout() {
    list();
    if (size > 0) {
      at(0).timeouts++;
    }
  }
}
