package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;

/**
 * Detects losses by time: a segment is lost if one that was sent sufficiently later has been delivered (RFC 8985
 * section 6).
 *
 * <p>The names are those of the RFC: {@code fack}, {@code reoWndMult}, {@code dsackRound}.
 */
public final class RackDetection implements LossDetection {

  private static final int RECOVERIES_TO_FORGET = 16;

  private final RetransmissionQueue queue;
  private final RttEstimator rtt;
  private final MinimumRoundTrip minimum;
  private final int dupThresh;

  private boolean known;
  private long rackRtt;
  /** RACK.segment is the delivered segment that was sent last; this is the number of its transmission. */
  private long transmission;
  /** RACK.end_seq: the end of RACK.segment. */
  private int endSeq;
  private int fack;
  private boolean fackKnown;

  private boolean reorderingSeen;
  private long reorderings;
  private int reordering;
  private int reoWndMult = 1;
  private int reoWndPersist = RECOVERIES_TO_FORGET;
  private boolean dsackRound;
  private int dsackRoundEnd;
  private long deadline = NO_DEADLINE;

  // State of the acknowledgement being processed.
  private long now;
  private long echoedAt;
  private boolean delivered;
  private long latestSentAt;
  private long latestTransmission;
  private int latestEnd;

  RackDetection(RetransmissionQueue queue, RttEstimator rtt, MinimumRoundTrip minimum, int dupThresh) {
    this.queue = queue;
    this.rtt = rtt;
    this.minimum = minimum;
    this.dupThresh = dupThresh;
  }

  /**
   * Starts processing an acknowledgement. Until {@link #acknowledged}, segments are delivered by the acknowledgement
   * number.
   */
  void begin(long echoedAt, long now) {
    this.now = now;
    this.echoedAt = echoedAt;
    this.delivered = false;
    if (!minimum.isKnown() && rtt.srtt() > 0) {
      // The handshake's round trip is the first sample. A short window probe may take less time than any full segment.
      minimum.onSample(rtt.srtt(), now);
    }
  }

  /** Notes that segments delivered after this call are delivered by SACK. */
  void acknowledged() {
    // RFC 7323 4.3: above a gap the peer echoes the timestamp of a segment before the gap, not that of the reported
    // segment.
    echoedAt = AckReport.NO_ECHO;
  }

  /**
   * RACK_sent_after, by number of transmission, which needs no fine clock. Pieces of one segment share the number and
   * are compared by their ends.
   */
  private static boolean isSentAfter(long transmission, int end, long otherTransmission, int otherEnd) {
    return transmission > otherTransmission
        || transmission == otherTransmission && SequenceNumber.after(end, otherEnd);
  }

  /** Steps 1 to 3 of section 6.2. */
  @Override
  public void onDelivered(SentSegment segment) {
    detectReordering(segment);
    long sample = now - segment.lastSentAt;
    if (segment.isRetransmitted() || segment.isProbe()) {
      // Step 2: the original may have been delivered instead of the retransmission. For segments reported by SACK only
      // the round-trip time can show that.
      if (echoedAt < segment.lastSentAt || sample < minimum.value()) {
        return;
      }
    } else {
      minimum.onSample(sample, now);
    }
    if (!delivered || isSentAfter(segment.transmission, segment.end, latestTransmission, latestEnd)) {
      delivered = true;
      latestSentAt = segment.lastSentAt;
      latestTransmission = segment.transmission;
      latestEnd = segment.end;
    }
  }

  /** Step 3: a segment that was never retransmitted and is delivered below the highest delivered one was reordered. */
  private void detectReordering(SentSegment segment) {
    if (!fackKnown || SequenceNumber.after(segment.end, fack)) {
      fack = segment.end;
      fackKnown = true;
    } else if (SequenceNumber.before(segment.end, fack) && !segment.isRetransmitted()) {
      reorderingSeen = true;
      reorderings++;
      reordering = Math.max(reordering, Math.ceilDiv(fack - segment.seq, segment.length()));
    }
  }

  @Override
  public boolean onAck(AckReport ack, boolean recovering, long now) {
    if (delivered) {
      rackRtt = now - latestSentAt;
      if (!known || isSentAfter(latestTransmission, latestEnd, transmission, endSeq)) {
        known = true;
        transmission = latestTransmission;
        endSeq = latestEnd;
      }
    }
    adaptWindow(ack);
    return detect(recovering, now);
  }

  /** Step 4: a D-SACK shows that the reordering window was too small; counted once per round trip. */
  private void adaptWindow(AckReport ack) {
    if (dsackRound && SequenceNumber.afterOrAt(ack.sndUna(), dsackRoundEnd)) {
      dsackRound = false;
    }
    if (!dsackRound && ack.isDuplicateReport()) {
      dsackRound = true;
      dsackRoundEnd = ack.sndNxt();
      // SRTT limits the window in any case.
      reoWndMult = Math.min(reoWndMult + 1, 1 << 20);
      reoWndPersist = RECOVERIES_TO_FORGET;
    }
  }

  @Override
  public void onRecovered() {
    reoWndPersist--;
    if (reoWndPersist <= 0) {
      reoWndMult = 1;
    }
  }

  /** The reordering window, in nanoseconds. */
  long window(boolean recovering) {
    if (!reorderingSeen && (recovering || queue.sackedSegments() >= dupThresh)) {
      return 0;
    }
    long scaled = minimum.value() / 4 * reoWndMult;
    return Math.min(scaled, rtt.srtt());
  }

  /** Step 5: marks the segments that were sent too long before a delivered one, and sets the deadline for the next. */
  private boolean detect(boolean recovering, long now) {
    deadline = NO_DEADLINE;
    if (!known) {
      return false;
    }
    long patience = rackRtt + window(recovering);
    boolean lost = false;
    long wait = 0;
    SentSegment segment = queue.order().first();
    if (segment != null && isSentAfter(transmission, endSeq, segment.transmission, segment.end)) {
      queue.list();
      segment = queue.order().first();
    }
    while (segment != null && isSentAfter(transmission, endSeq, segment.transmission, segment.end)) {
      SentSegment next = segment.later;
      long remaining = segment.lastSentAt + patience - now;
      if (remaining <= 0) {
        lost |= queue.markLost(segment);
      } else {
        wait = Math.max(wait, remaining);
      }
      segment = next;
    }
    if (wait > 0) {
      deadline = now + wait;
    }
    return lost;
  }

  @Override
  public boolean onDeadline(boolean recovering, long now) {
    return detect(recovering, now);
  }

  /** RFC 8985 6.3: marks the first segment, and all others that are overdue. */
  @Override
  public void onTimeout(long now) {
    deadline = NO_DEADLINE;
    queue.markFirstLost();
    long patience = rackRtt + window(true);
    SentSegment segment = queue.order().first();
    while (segment != null && segment.lastSentAt + patience - now <= 0) {
      SentSegment next = segment.later;
      queue.markLost(segment);
      segment = next;
    }
  }

  @Override
  public long deadline() {
    return deadline;
  }

  @Override
  public int reorderingDegree() {
    return Math.max(dupThresh, reordering);
  }

  @Override
  public long reorderings() {
    return reorderings;
  }
}
