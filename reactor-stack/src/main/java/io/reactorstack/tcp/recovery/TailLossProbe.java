package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;

/**
 * One segment sent well before the retransmission timeout makes the peer report the loss of a window's end (RFC 8985 section 7).
 *
 * <p>When to arm the timer is the sender's; this is the probe timeout's length, whether a probe may go out, and what its answer
 * means.
 */
public final class TailLossProbe {

  /** The longest that a peer may hold back the acknowledgement of a single segment (7.2). */
  private static final long MAX_ACK_DELAY = 200_000_000L;

  private static final long WITHOUT_SAMPLE = 1_000_000_000L;

  private boolean outstanding;
  private boolean retransmission;
  private int endSeq;
  private boolean sampledSince = true;
  private long probes;

  /** PTO, in nanoseconds. */
  public long timeout(RttEstimator rtt, boolean single) {
    if (rtt.srtt() == 0) {
      return WITHOUT_SAMPLE;
    }
    return 2 * rtt.srtt() + (single ? MAX_ACK_DELAY : 0);
  }

  /** 7.3: one probe at a time, and a round-trip sample between two. */
  public boolean isAllowed() {
    return !outstanding && sampledSince;
  }

  /** A probe was sent; {@code retransmission} tells whether it carries nothing new. */
  public void onSent(int sndNxt, boolean retransmission) {
    this.outstanding = true;
    this.retransmission = retransmission;
    this.endSeq = sndNxt;
    this.sampledSince = false;
    probes++;
  }

  /** A round-trip time was measured. */
  public void onSample() {
    sampledSince = true;
  }

  /** The retransmission timer expired, or everything changed: no answer is waited for. */
  public void abandon() {
    outstanding = false;
  }

  /** Probes sent. */
  public long probes() {
    return probes;
  }

  /**
   * An acknowledgement of {@code ack} was processed (7.4.2).
   *
   * @param sack whether it carries a SACK option
   * @return whether the probe has repaired a loss
   */
  public boolean onAck(AckReport report, int ack, boolean sack) {
    if (!outstanding || SequenceNumber.before(ack, endSeq)) {
      return false;
    }
    if (!retransmission) {
      outstanding = false;
      return false;
    }
    if (report.isDuplicateReport() && report.duplicateRight() == endSeq) {
      // The original and the probe have both arrived.
      outstanding = false;
      return false;
    }
    if (SequenceNumber.after(ack, endSeq)) {
      outstanding = false;
      return true;
    }
    if (report.isDuplicate() && !sack) {
      // A duplicate without SACK: the same, from a peer without D-SACK.
      outstanding = false;
    }
    return false;
  }
}
