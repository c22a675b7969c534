package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;

/**
 * A segment is lost when one that was sent sufficiently later has been delivered (RFC 8985 section 6).
 *
 * <p>Names are those of the RFC: {@code fack}, {@code reoWndMult}, {@code dsackRound}.
 */
public final class RackDetection implements LossDetection {

  private static final int RECOVERIES_TO_FORGET = 16;

  private final RetransmissionQueue queue;
  private final RttEstimator rtt;
  private final MinimumRoundTrip minimum;
  private final int dupThresh;

  private boolean known;
  private long rackRtt;
  /** RACK.segment: of all delivered the one sent last, by the number of its transmission and its end. */
  private long transmission;

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

  // Of the acknowledgement being processed.
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

  /** An acknowledgement begins to be processed; what is delivered at first is so by its number. */
  void begin(long echoedAt, long now) {
    this.now = now;
    this.echoedAt = echoedAt;
    this.delivered = false;
    if (!minimum.isKnown() && rtt.srtt() > 0) {
      // The handshake's round trip is the first sample; a short probe may take less time than any full segment.
      minimum.onSample(rtt.srtt(), now);
    }
  }

  /** What is delivered from now on is so by SACK. */
  void acknowledged() {
    // RFC 7323 4.3: above a gap the peer echoes what came before the gap. That tells nothing of the segment reported.
    echoedAt = AckReport.NO_ECHO;
  }

  /** RACK_sent_after: the order of transmission is known, and no clock too coarse for it; pieces of one segment share theirs. */
  private static boolean isSentAfter(long transmission, int end, long otherTransmission, int otherEnd) {
    return transmission > otherTransmission
        || transmission == otherTransmission && SequenceNumber.after(end, otherEnd);
  }

  /** 6.2 steps 1 to 3. */
  @Override
  public void onDelivered(SentSegment segment) {
    detectReordering(segment);
    long sample = now - segment.lastSentAt;
    if (segment.isRetransmitted() || segment.isProbe()) {
      // Step 2: it may be the original that was delivered. Of what SACK reports only the round trip tells.
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

  /** Step 3: what was never retransmitted and comes below what has come already was reordered. */
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

  /** Step 4: a D-SACK tells that the window was too small, once a round trip. */
  private void adaptWindow(AckReport ack) {
    if (dsackRound && SequenceNumber.afterOrAt(ack.sndUna(), dsackRoundEnd)) {
      dsackRound = false;
    }
    if (!dsackRound && ack.isDuplicateReport()) {
      dsackRound = true;
      dsackRoundEnd = ack.sndNxt();
      // The result is capped by SRTT anyway.
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

  /** Step 5. */
  private boolean detect(boolean recovering, long now) {
    deadline = NO_DEADLINE;
    if (!known) {
      return false;
    }
    long patience = rackRtt + window(recovering);
    boolean lost = false;
    long wait = 0;
    SentSegment segment = queue.order().first();
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

  /** 6.3: the first segment, and the others as far as they are late. */
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
