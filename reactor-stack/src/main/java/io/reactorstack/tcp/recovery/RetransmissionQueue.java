package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;
import org.jspecify.annotations.Nullable;

/**
 * The segments in flight, in sequence order, with the time and number of their transmissions.
 *
 * <p>A ring of reused records: nothing is allocated for a segment once the ring has its size.
 */
public final class RetransmissionQueue {

  /** {@link #roundTripStart} when no sample can be taken. */
  public static final long NO_SAMPLE = Long.MIN_VALUE;

  private SentSegment[] ring = newRing(16);
  private int head;
  private int size;
  private int lostBytes;
  /** No segment before this position is lost. */
  private int firstLostHint;
  private long roundTripStart = NO_SAMPLE;
  private long oldestAckedSentAt;

  private static SentSegment[] newRing(int length) {
    SentSegment[] ring = new SentSegment[length];
    for (int i = 0; i < length; i++) {
      ring[i] = new SentSegment();
    }
    return ring;
  }

  /** Whether nothing is in flight. */
  public boolean isEmpty() {
    return size == 0;
  }

  /** Number of segments in flight. */
  public int size() {
    return size;
  }

  /** Bytes in flight that are taken for lost and were not yet retransmitted. */
  public int lostBytes() {
    return lostBytes;
  }

  /** The segment at {@code position}, 0 for the earliest. */
  public SentSegment get(int position) {
    return ring[(head + position) & (ring.length - 1)];
  }

  /** The earliest segment in flight, or {@code null}. */
  public @Nullable SentSegment first() {
    return size == 0 ? null : get(0);
  }

  /** A new segment {@code seq} to {@code end} was sent. */
  public void add(int seq, int end, boolean fin, long now) {
    SentSegment segment = insert(size);
    segment.seq = seq;
    segment.end = end;
    segment.fin = fin;
    segment.lost = false;
    segment.firstSentAt = now;
    segment.lastSentAt = now;
    segment.transmissions = 1;
    segment.timeouts = 0;
  }

  /** Makes place at {@code position} and returns the record that is now there. */
  private SentSegment insert(int position) {
    if (size == ring.length) {
      SentSegment[] larger = newRing(2 * size);
      for (int i = 0; i < size; i++) {
        larger[i] = get(i);
      }
      ring = larger;
      head = 0;
    }
    int mask = ring.length - 1;
    SentSegment spare = ring[(head + size) & mask];
    for (int i = size; i > position; i--) {
      ring[(head + i) & mask] = ring[(head + i - 1) & mask];
    }
    ring[(head + position) & mask] = spare;
    size++;
    return spare;
  }

  /**
   * Forgets what {@code ack} covers; a segment covered in part keeps its rest. Afterwards {@link #roundTripStart} and
   * {@link #oldestAckedSentAt} describe what was forgotten.
   */
  public void acknowledge(int ack) {
    boolean retransmitted = false;
    long latest = NO_SAMPLE;
    boolean any = false;
    while (size > 0) {
      SentSegment segment = get(0);
      if (SequenceNumber.beforeOrAt(ack, segment.seq)) {
        break;
      }
      if (!any) {
        any = true;
        oldestAckedSentAt = segment.firstSentAt;
      }
      retransmitted |= segment.transmissions > 1;
      if (SequenceNumber.before(ack, segment.end)) {
        if (segment.lost) {
          lostBytes -= ack - segment.seq;
        }
        segment.seq = ack;
        break;
      }
      latest = segment.lastSentAt;
      remove();
    }
    // Karn: an acknowledgement that may be caused by a retransmission says nothing about the time (RFC 6298 section 3).
    roundTripStart = retransmitted ? NO_SAMPLE : latest;
  }

  private void remove() {
    SentSegment segment = get(0);
    if (segment.lost) {
      lostBytes -= segment.length();
    }
    head = (head + 1) & (ring.length - 1);
    size--;
    if (firstLostHint > 0) {
      firstLostHint--;
    }
  }

  /** When the last segment acknowledged was sent, or {@link #NO_SAMPLE} if Karn's rule forbids to use it. */
  public long roundTripStart() {
    return roundTripStart;
  }

  /** When the first segment acknowledged was first sent. */
  public long oldestAckedSentAt() {
    return oldestAckedSentAt;
  }

  /** Takes the earliest segment for lost. */
  public void markFirstLost() {
    if (size > 0) {
      markLost(get(0));
      firstLostHint = 0;
    }
  }

  /** Takes everything in flight for lost. */
  public void markAllLost() {
    for (int i = 0; i < size; i++) {
      markLost(get(i));
    }
    firstLostHint = 0;
  }

  private void markLost(SentSegment segment) {
    if (!segment.lost) {
      segment.lost = true;
      lostBytes += segment.length();
    }
  }

  /** The earliest segment that waits for its retransmission, or {@code null}. */
  public @Nullable SentSegment firstLost() {
    if (lostBytes == 0) {
      return null;
    }
    for (int i = firstLostHint; i < size; i++) {
      SentSegment segment = get(i);
      if (segment.lost) {
        firstLostHint = i;
        return segment;
      }
    }
    throw new AssertionError("lost bytes without a lost segment");
  }

  /** Cuts {@link #firstLost} so that it carries at most {@code maxData} octets of data. */
  public void splitFirstLost(int maxData) {
    SentSegment segment = firstLost();
    if (segment == null || segment.dataLength() <= maxData) {
      return;
    }
    SentSegment rest = insert(firstLostHint + 1);
    rest.seq = segment.seq + maxData;
    rest.end = segment.end;
    rest.fin = segment.fin;
    rest.lost = true;
    rest.firstSentAt = segment.firstSentAt;
    rest.lastSentAt = segment.lastSentAt;
    rest.transmissions = segment.transmissions;
    rest.timeouts = segment.timeouts;
    segment.end = rest.seq;
    segment.fin = false;
  }

  /** {@code segment} was sent again: it counts as in flight. */
  public void onRetransmitted(SentSegment segment, long now) {
    if (segment.lost) {
      segment.lost = false;
      lostBytes -= segment.length();
    }
    segment.transmissions++;
    segment.lastSentAt = now;
  }

  /** The retransmission timer expired for the earliest segment. */
  public void onTimeout() {
    if (size > 0) {
      get(0).timeouts++;
    }
  }
}
