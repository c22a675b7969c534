package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;

/**
 * How fast the network delivers: bytes delivered over the time in which they were sent or acknowledged, whichever was longer, and
 * whether the application set that pace (draft-ietf-ccwg-bbr section 4.1).
 */
public final class RateSampler implements Deliveries {

  private final RetransmissionQueue queue;
  private long delivered;
  /** The SYN is the first. */
  private long segments = 1;

  private long segmentsMarked;
  private long segmentsBefore;
  private long deliveredAt;
  private long flightStartedAt;
  private boolean limited;
  private long limitedUntil;

  // The sample being taken.
  private long now;
  private boolean any;
  private long priorDelivered;
  private long priorDeliveredAt;
  private long priorSentAt;
  private int priorEnd;
  private long sendElapsed;
  private boolean priorLimited;
  private int priorInFlight;
  private long priorLost;
  /** What was delivered, and in which time; 0 if this acknowledgement makes no sample. */
  private long sampleDelivered;
  private long sampleInterval;

  // The last sample that says what the network can do.
  private long rateDelivered;
  private long rateInterval;
  private boolean rateLimited;

  /** Nothing was sent yet; {@code queue} has what will be in flight. */
  RateSampler(RetransmissionQueue queue) {
    this.queue = queue;
  }

  /** {@code segment} is sent now, for the first time or again; {@code idle} tells whether nothing else is in flight. */
  public void onSent(SentSegment segment, boolean idle, long now) {
    if (idle) {
      flightStartedAt = now;
      deliveredAt = now;
    }
    segment.delivered = delivered;
    segment.deliveredAt = deliveredAt;
    segment.flightStartedAt = flightStartedAt;
    segment.applicationLimited = limited;
    segment.inFlight = queue.pipe();
    segment.totalLost = queue.totalLost();
  }

  /** Everything that could be sent was sent, and the window is not full. */
  public void onApplicationLimited(int inflight) {
    limited = true;
    limitedUntil = delivered + Math.max(inflight, 1);
  }

  /** An acknowledgement begins to be processed. */
  public void begin(long now) {
    this.now = now;
    this.any = false;
    this.sampleDelivered = 0;
    this.sampleInterval = 0;
    this.segmentsBefore = segments;
  }

  @Override
  public void onDelivered(SentSegment segment) {
    segments++;
    boolean newer = !any
        || segment.lastSentAt > priorSentAt
        || segment.lastSentAt == priorSentAt && SequenceNumber.after(segment.end, priorEnd);
    if (newer) {
      any = true;
      priorDelivered = segment.delivered;
      priorDeliveredAt = segment.deliveredAt;
      priorSentAt = segment.lastSentAt;
      priorEnd = segment.end;
      sendElapsed = segment.lastSentAt - segment.flightStartedAt;
      priorLimited = segment.applicationLimited;
      priorInFlight = segment.inFlight;
      priorLost = segment.totalLost;
    }
  }

  /** The acknowledgement has shown {@code bytes} as received; a round trip shorter than {@code minRtt} is not believed. */
  public void end(int bytes, long minRtt) {
    if (bytes > 0) {
      delivered += bytes;
      deliveredAt = now;
    }
    if (limited && delivered > limitedUntil) {
      limited = false;
    }
    if (!any) {
      return;
    }
    flightStartedAt = priorSentAt;
    long interval = Math.max(sendElapsed, now - priorDeliveredAt);
    long amount = delivered - priorDelivered;
    if (interval < minRtt || interval <= 0) {
      return;
    }
    sampleDelivered = amount;
    sampleInterval = interval;
    // A sample that the application has limited counts only if it is not below what is known.
    boolean faster = (double) amount * rateInterval >= (double) rateDelivered * interval;
    if (!priorLimited || faster || rateInterval == 0) {
      rateDelivered = amount;
      rateInterval = interval;
      rateLimited = priorLimited;
    }
  }

  // ---- of the acknowledgement that was processed last

  /** The delivery rate that it measures, in bytes a second; 0 if it measures none. */
  long sampleRate() {
    return sampleInterval == 0 ? 0 : (long) (sampleDelivered * 1e9 / sampleInterval);
  }

  /** Bytes delivered in {@link #sampleInterval}. */
  long sampleDelivered() {
    return sampleDelivered;
  }

  /** The time that it covers, in nanoseconds; 0 if it measures no rate. */
  long sampleInterval() {
    return sampleInterval;
  }

  /** Whether the application had too little to send when the segment was sent that the rate is measured by. */
  boolean isSampleLimitedByApplication() {
    return priorLimited;
  }

  /** {@link #delivered} when that segment was sent. */
  long deliveredWhenSent() {
    return priorDelivered;
  }

  /** Bytes in the network after that segment was sent. */
  int inFlightWhenSent() {
    return priorInFlight;
  }

  /** Bytes taken for lost since that segment was sent. */
  long lostSinceSent() {
    return queue.totalLost() - priorLost;
  }

  // ---- since the beginning

  /** Bytes delivered since the beginning. */
  public long delivered() {
    return delivered;
  }

  /** The acknowledgement says that the segments it has shown as received have met congestion (RFC 3168). */
  public void onCongestionEcho() {
    segmentsMarked += segments - segmentsBefore;
  }

  /** Segments delivered with an echo of congestion. */
  public long segmentsMarked() {
    return segmentsMarked;
  }

  /** Segments delivered since the beginning, the SYN included. */
  public long segments() {
    return segments;
  }

  /** The last delivery rate, in bytes a second; 0 before the first. */
  public long rate() {
    return rateInterval == 0 ? 0 : (long) (rateDelivered * 1e9 / rateInterval);
  }

  /** Whether the application, not the network, set the pace of {@link #rate}. */
  public boolean isRateLimitedByApplication() {
    return rateLimited;
  }

  /** Whether what is in flight now was sent at the application's pace. */
  public boolean isApplicationLimited() {
    return limited;
  }
}
