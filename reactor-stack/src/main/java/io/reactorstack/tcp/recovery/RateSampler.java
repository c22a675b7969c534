package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;

/**
 * Measures the delivery rate of the network: bytes delivered, divided by the time in which they were sent or
 * acknowledged, whichever was longer (draft-ietf-ccwg-bbr section 4.1). Also tracks whether the application limited
 * that rate.
 */
public final class RateSampler implements Deliveries {

  private final RetransmissionQueue queue;
  private long delivered;
  /** Segments delivered; the SYN is the first. */
  private long segments = 1;

  private long segmentsMarked;
  private long segmentsBefore;
  private long deliveredAt;
  private long flightStartedAt;
  private boolean limited;
  private long limitedUntil;

  // State of the present sample.
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
  /** The bytes delivered and, below, the time that it took; 0 if this acknowledgement gives no sample. */
  private long sampleDelivered;
  private long sampleInterval;

  // The last sample that shows the capacity of the network.
  private long rateDelivered;
  private long rateInterval;
  private boolean rateLimited;

  /** Creates a sampler; {@code queue} holds the segments in flight. */
  RateSampler(RetransmissionQueue queue) {
    this.queue = queue;
  }

  /**
   * Notes that {@code segment} is sent, for the first time or again.
   *
   * @param idle whether nothing else is in flight
   */
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

  /** Notes that the application limits the sender: everything available was sent, and the window is not full. */
  public void onApplicationLimited(int inflight) {
    limited = true;
    limitedUntil = delivered + Math.max(inflight, 1);
  }

  /** Starts processing an acknowledgement. */
  public void begin(long now) {
    this.now = now;
    this.any = false;
    this.sampleDelivered = 0;
    this.sampleInterval = 0;
    this.segmentsBefore = segments;
  }

  @Override
  public void onDelivered(SentSegment segment) {
    segments += segment.count();
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

  /**
   * Takes the sample of the acknowledgement, which has shown {@code bytes} as received. A sample shorter than
   * {@code minRtt} is not credible.
   */
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
    // A sample limited by the application counts only if it is not below the known rate.
    boolean faster = (double) amount * rateInterval >= (double) rateDelivered * interval;
    if (!priorLimited || faster || rateInterval == 0) {
      rateDelivered = amount;
      rateInterval = interval;
      rateLimited = priorLimited;
    }
  }

  // ---- the last acknowledgement

  /** The delivery rate of the sample, in bytes per second; 0 if there is no sample. */
  long sampleRate() {
    return sampleInterval == 0 ? 0 : (long) (sampleDelivered * 1e9 / sampleInterval);
  }

  /** Bytes delivered in {@link #sampleInterval}. */
  long sampleDelivered() {
    return sampleDelivered;
  }

  /** The time that the sample covers, in nanoseconds; 0 if there is no sample. */
  long sampleInterval() {
    return sampleInterval;
  }

  /** Returns whether the application limited the sender when the sampled segment was sent. */
  boolean isSampleLimitedByApplication() {
    return priorLimited;
  }

  /** The value of {@link #delivered} when the sampled segment was sent. */
  long deliveredWhenSent() {
    return priorDelivered;
  }

  /** The bytes in the network after the sampled segment was sent. */
  int inFlightWhenSent() {
    return priorInFlight;
  }

  /** The bytes marked as lost since the sampled segment was sent. */
  long lostSinceSent() {
    return queue.totalLost() - priorLost;
  }

  // ---- the whole connection

  /** The total number of bytes delivered. */
  public long delivered() {
    return delivered;
  }

  /**
   * Notes that the acknowledgement echoes congestion: the segments that it shows as received count as marked (RFC
   * 3168).
   */
  public void onCongestionEcho() {
    segmentsMarked += segments - segmentsBefore;
  }

  /** The number of segments delivered together with an echo of congestion. */
  public long segmentsMarked() {
    return segmentsMarked;
  }

  /** The number of segments delivered, including the SYN. */
  public long segments() {
    return segments;
  }

  /** The last delivery rate, in bytes per second; 0 before the first sample. */
  public long rate() {
    return rateInterval == 0 ? 0 : (long) (rateDelivered * 1e9 / rateInterval);
  }

  /** Returns whether the application, not the network, limited {@link #rate}. */
  public boolean isRateLimitedByApplication() {
    return rateLimited;
  }

  /** Returns whether the application limited the sender when the data in flight was sent. */
  public boolean isApplicationLimited() {
    return limited;
  }
}
