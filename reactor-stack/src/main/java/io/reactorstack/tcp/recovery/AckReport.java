package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;

/** What one acknowledgement has told; one object for a connection, filled anew for each. */
public final class AckReport implements Deliveries {

  /** {@link #echoedAt} without timestamps. */
  public static final long NO_ECHO = Long.MAX_VALUE;

  /** {@link #roundTripStart} when no sample can be taken. */
  public static final long NO_SAMPLE = Long.MIN_VALUE;

  private final Deliveries[] others;

  // What the sender fills in before and after the queue has learned of it.
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

  // What the queue tells of the segments delivered.
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

  // What recovery concludes.
  private boolean growth;

  // D-SACK
  private int duplicateLeft;
  private int duplicateRight;

  /** A report that passes what it hears of to {@code others}. */
  public AckReport(Deliveries... others) {
    this.others = others;
  }

  /**
   * An acknowledgement begins to be processed.
   *
   * @param sndUna before it
   * @param pipeSacked bytes in the scoreboard before it
   * @param echoedAt the latest time at which the segment can have been sent whose timestamp is echoed
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

  /** The acknowledgement number was taken: SND.UNA is now {@code ack}, what is delivered from now on is so by SACK. */
  public void acknowledged(int ack) {
    sndUna = ack;
    cumulative = false;
  }

  /** A D-SACK block (RFC 2883). */
  public void duplicated(int left, int right) {
    duplicateLeft = left;
    duplicateRight = right;
  }

  /**
   * The queue knows all.
   *
   * @param sackedBytes in the scoreboard now
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

  /** Recovery lets the congestion window grow by what is acknowledged. */
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

  /** Bytes that SND.UNA has advanced. */
  public int acked() {
    return sndUna - before;
  }

  /** Whether SND.UNA has advanced. */
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

  /** DeliveredData: bytes that it shows as received and that were not known to be (RFC 9937 section 6.2). */
  public int delivered() {
    return Math.max(0, acked() + sackedAfter - sackedBefore);
  }

  /** Whether it told of segments that were not known to be received. */
  public boolean isDelivery() {
    return anything || isAdvance();
  }

  /** Whether a segment was newly reported out of order. */
  public boolean isSackNews() {
    return sackNews;
  }

  /** Bytes newly reported as received out of order. */
  int newlySacked() {
    return newlySacked;
  }

  /** Whether recovery lets the congestion window grow. */
  boolean mayGrow() {
    return growth;
  }

  /** Whether this is a duplicate acknowledgement (RFC 5681 section 2). */
  public boolean isDuplicate() {
    return duplicate;
  }

  /** Whether it carries ECE. */
  public boolean echoesCongestion() {
    return echoesCongestion;
  }

  /** Whether data never sent could be sent within the peer's window. */
  public boolean isNewDataReady() {
    return newDataReady;
  }

  /** The end of the last segment delivered; only if there is one. */
  public int highestDelivered() {
    return highestDelivered;
  }

  /** Whether something was delivered that was sent after {@code segment}. */
  public boolean isDeliveredAfter(SentSegment segment) {
    return anything && latestTransmission > segment.transmission;
  }

  /** Whether a segment sent only once was delivered. */
  public boolean isOriginalDelivered() {
    return originalDelivered;
  }

  /** Whether it carries a D-SACK block. */
  public boolean isDuplicateReport() {
    return duplicateLeft != duplicateRight;
  }

  /** Left edge of the D-SACK block. */
  public int duplicateLeft() {
    return duplicateLeft;
  }

  /** Right edge of the D-SACK block. */
  public int duplicateRight() {
    return duplicateRight;
  }

  /** The latest time at which the segment can have been sent whose timestamp is echoed, or {@link #NO_ECHO}. */
  public long echoedAt() {
    return echoedAt;
  }

  /**
   * When the segment was sent whose round trip this acknowledgement ends, or {@link #NO_SAMPLE}: Karn's rule excludes what was
   * retransmitted (RFC 6298 section 3); a segment reported out of order gives a sample too.
   */
  public long roundTripStart() {
    if (ackedSentAt != NO_SAMPLE && !retransmissionAcked) {
      return ackedSentAt;
    }
    return retransmissionAcked ? NO_SAMPLE : sackedSentAt;
  }

  /**
   * When the first segment acknowledged that was sent more than once was sent last: only an echo of that transmission or a later
   * one measures a round trip; an older one may come with a duplicate, long after. {@link #NO_SAMPLE} if there is no such
   * segment.
   */
  public long retransmittedAt() {
    return retransmissionAcked && retransmittedAt != Long.MAX_VALUE ? retransmittedAt : NO_SAMPLE;
  }

  /** Whether the timestamp echoed is that of a segment sent before {@code time}, and not one that was never sent. */
  boolean isEchoBefore(long time) {
    return echoedAt < time && echoedAt >= oldestSentAt;
  }
}
