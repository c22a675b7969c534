package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;

/**
 * The result of processing one acknowledgement. Each connection has one report, which is filled again for each
 * acknowledgement.
 *
 * <p>The order of use: {@link #begin}, {@link #onDelivered} for segments below the acknowledgement number,
 * {@link #acknowledged}, {@link #onDelivered} for segments in SACK blocks, {@link #end}, then the questions.
 */
public final class AckReport implements Deliveries {

  /** The value of {@link #echoedAt} without timestamps. */
  public static final long NO_ECHO = Long.MAX_VALUE;

  /** The value of {@link #roundTripStart} when no sample can be taken. */
  public static final long NO_SAMPLE = Long.MIN_VALUE;

  private final Deliveries[] others;

  // Set by the sender, before and after the queue has processed the acknowledgement.
  private int before;
  private int sndUna;
  private int sndNxt;
  private int flightBefore;
  private int sackedBefore;
  private int sackedAfter;
  private boolean duplicate;
  private boolean echoesCongestion;
  private boolean newDataReady;
  private long echoedAt;

  // Set by the queue, from the delivered segments.
  private boolean retransmissionAcked;
  private long ackedSentAt;
  private long retransmittedAt;
  private long oldestSentAt;
  private long sackedSentAt;
  private boolean cumulative;
  private boolean originalDelivered;
  private boolean anything;
  private boolean sackNews;
  private int newlySacked;
  private int highestDelivered;
  private long latestTransmission;

  // Set by recovery.
  private boolean growth;

  // D-SACK
  private int duplicateLeft;
  private int duplicateRight;

  /** Creates a report that forwards each delivered segment to {@code others}. */
  public AckReport(Deliveries... others) {
    this.others = others;
  }

  /**
   * Starts the report of an acknowledgement.
   *
   * @param sndUna SND.UNA before it
   * @param sndNxt SND.NXT
   * @param pipeSacked bytes in the scoreboard before it
   * @param echoedAt the latest time at which the segment whose timestamp is echoed can have been sent, in nanoseconds,
   *   or {@link #NO_ECHO}
   */
  public void begin(int sndUna, int sndNxt, int pipeSacked, long echoedAt) {
    this.before = sndUna;
    this.sndUna = sndUna;
    this.sndNxt = sndNxt;
    this.flightBefore = sndNxt - sndUna;
    this.sackedBefore = pipeSacked;
    this.echoedAt = echoedAt;
    duplicate = false;
    echoesCongestion = false;
    newDataReady = false;
    retransmissionAcked = false;
    ackedSentAt = NO_SAMPLE;
    retransmittedAt = Long.MAX_VALUE;
    oldestSentAt = Long.MAX_VALUE;
    sackedSentAt = NO_SAMPLE;
    cumulative = true;
    originalDelivered = false;
    anything = false;
    sackNews = false;
    newlySacked = 0;
    growth = false;
    duplicateLeft = 0;
    duplicateRight = 0;
  }

  /** Sets SND.UNA to {@code ack}. Segments delivered after this call are delivered by SACK. */
  public void acknowledged(int ack) {
    sndUna = ack;
    cumulative = false;
  }

  /** Notes a D-SACK block (RFC 2883). */
  public void duplicated(int left, int right) {
    duplicateLeft = left;
    duplicateRight = right;
  }

  /**
   * Completes the report after the queue has processed the acknowledgement.
   *
   * @param sackedBytes bytes in the scoreboard after it
   * @param duplicate whether this is a duplicate acknowledgement by RFC 5681 section 2
   * @param echoesCongestion whether ECE is set on a connection that uses ECN
   * @param newDataReady whether data never sent could be sent within the peer's window
   */
  public void end(int sackedBytes, boolean duplicate, boolean echoesCongestion, boolean newDataReady) {
    this.sackedAfter = sackedBytes;
    this.duplicate = duplicate;
    this.echoesCongestion = echoesCongestion;
    this.newDataReady = newDataReady;
  }

  @Override
  public void onDelivered(SentSegment segment) {
    if (segment.isRetransmitted()) {
      if (cumulative) {
        retransmissionAcked = true;
        retransmittedAt = segment.isProbe() ? retransmittedAt : Math.min(retransmittedAt, segment.lastSentAt);
      }
    } else {
      originalDelivered = true;
      if (!segment.isProbe()) {
        sample(segment.lastSentAt);
      }
    }
    oldestSentAt = Math.min(oldestSentAt, segment.firstSentAt);
    highestDelivered = anything ? SequenceNumber.later(highestDelivered, segment.end) : segment.end;
    latestTransmission = anything ? Math.max(latestTransmission, segment.transmission) : segment.transmission;
    anything = true;
    if (!cumulative) {
      sackNews = true;
      newlySacked += segment.length();
    }
    for (Deliveries other : others) {
      other.onDelivered(segment);
    }
  }

  private void sample(long sentAt) {
    if (cumulative) {
      ackedSentAt = sentAt;
    } else {
      sackedSentAt = Math.max(sackedSentAt, sentAt);
    }
  }

  /** Allows the congestion window to grow by what is acknowledged; called by recovery. */
  void letGrow() {
    growth = true;
  }

  // ---- questions

  /** SND.UNA after this acknowledgement. */
  public int sndUna() {
    return sndUna;
  }

  /** SND.NXT. */
  public int sndNxt() {
    return sndNxt;
  }

  /** The number of bytes by which SND.UNA has advanced. */
  public int acked() {
    return sndUna - before;
  }

  /** Returns whether SND.UNA has advanced. */
  public boolean isAdvance() {
    return sndUna != before;
  }

  /** SND.NXT - SND.UNA before this acknowledgement. */
  public int flightBefore() {
    return flightBefore;
  }

  /** SND.NXT - SND.UNA after it. */
  public int flight() {
    return sndNxt - sndUna;
  }

  /** DeliveredData: the number of bytes that this acknowledgement newly shows as received (RFC 9937 section 6.2). */
  public int delivered() {
    return Math.max(0, acked() + sackedAfter - sackedBefore);
  }

  /** Returns whether this acknowledgement newly shows data as received. */
  public boolean isDelivery() {
    return anything || isAdvance();
  }

  /** Returns whether a segment was newly reported as received out of order. */
  public boolean isSackNews() {
    return sackNews;
  }

  /** The number of bytes newly reported as received out of order. */
  int newlySacked() {
    return newlySacked;
  }

  /** Returns whether recovery allows the congestion window to grow. */
  boolean mayGrow() {
    return growth;
  }

  /** Returns whether this is a duplicate acknowledgement (RFC 5681 section 2). */
  public boolean isDuplicate() {
    return duplicate;
  }

  /** Returns whether the acknowledgement carries ECE. */
  public boolean echoesCongestion() {
    return echoesCongestion;
  }

  /** Returns whether data never sent could be sent within the peer's window. */
  public boolean isNewDataReady() {
    return newDataReady;
  }

  /** The end of the highest segment delivered; valid only if a segment was delivered. */
  public int highestDelivered() {
    return highestDelivered;
  }

  /** Returns whether a segment was delivered that was sent after {@code segment}. */
  public boolean isDeliveredAfter(SentSegment segment) {
    return anything && latestTransmission > segment.transmission;
  }

  /** Returns whether a segment that was sent only once was delivered. */
  public boolean isOriginalDelivered() {
    return originalDelivered;
  }

  /** Returns whether the acknowledgement carries a D-SACK block. */
  public boolean isDuplicateReport() {
    return duplicateLeft != duplicateRight;
  }

  /** The left edge of the D-SACK block. */
  public int duplicateLeft() {
    return duplicateLeft;
  }

  /** The right edge of the D-SACK block. */
  public int duplicateRight() {
    return duplicateRight;
  }

  /**
   * The latest time at which the segment whose timestamp is echoed can have been sent, in nanoseconds, or
   * {@link #NO_ECHO}.
   */
  public long echoedAt() {
    return echoedAt;
  }

  /**
   * Returns when the segment was sent whose round trip this acknowledgement ends, in nanoseconds, or
   * {@link #NO_SAMPLE}. Karn's algorithm excludes retransmitted segments (RFC 6298 section 3); a segment reported out
   * of order gives a sample too.
   */
  public long roundTripStart() {
    if (ackedSentAt != NO_SAMPLE && !retransmissionAcked) {
      return ackedSentAt;
    }
    return retransmissionAcked ? NO_SAMPLE : sackedSentAt;
  }

  /**
   * Returns when the first retransmitted segment that is acknowledged was last sent, in nanoseconds, or
   * {@link #NO_SAMPLE} if there is none. Only an echo of that transmission or a later one measures a round trip. An
   * echo of an older one may come with a duplicate, much later.
   */
  public long retransmittedAt() {
    return retransmissionAcked && retransmittedAt != Long.MAX_VALUE ? retransmittedAt : NO_SAMPLE;
  }

  /** Returns whether the echoed timestamp belongs to a segment sent before {@code time}, and was really sent. */
  boolean isEchoBefore(long time) {
    return echoedAt < time && echoedAt >= oldestSentAt;
  }
}
