package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;

/**
 * The tail loss probe (RFC 8985 section 7): one segment, sent well before the retransmission timeout, that makes the
 * peer report the loss of the last segments of a window.
 *
 * <p>This class calculates the probe timeout, decides whether a probe may be sent, and interprets its acknowledgement.
 * The sender decides when the timer runs.
 */
public final class TailLossProbe {

  /** The longest time that a peer may delay the acknowledgement of a single segment, in nanoseconds (7.2). */
  private static final long MAX_ACK_DELAY = 200_000_000L;

  private static final long WITHOUT_SAMPLE = 1_000_000_000L;

  private boolean outstanding;
  private boolean retransmission;
  private int endSeq;
  private boolean sampledSince = true;
  private long probes;

  /** Returns the probe timeout (PTO), in nanoseconds; {@code single} is true if one segment is in flight. */
  public long timeout(RttEstimator rtt, boolean single) {
    if (rtt.srtt() == 0) {
      return WITHOUT_SAMPLE;
    }
    return 2 * rtt.srtt() + (single ? MAX_ACK_DELAY : 0);
  }

  /**
   * Returns whether a probe may be sent. 7.3: only one at a time, and only after a round-trip sample since the last
   * one.
   */
  public boolean isAllowed() {
    return !outstanding && sampledSince;
  }

  /** Notes that a probe was sent; {@code retransmission} is true if it carries no new data. */
  public void onSent(int sndNxt, boolean retransmission) {
    this.outstanding = true;
    this.retransmission = retransmission;
    this.endSeq = sndNxt;
    this.sampledSince = false;
    probes++;
  }

  /** Notes that a round-trip time was measured. */
  public void onSample() {
    sampledSince = true;
  }

  /** Stops waiting for an acknowledgement of the probe, for example because the retransmission timer expired. */
  public void abandon() {
    outstanding = false;
  }

  /** The number of probes sent. */
  public long probes() {
    return probes;
  }

  /**
   * Processes an acknowledgement of {@code ack} (7.4.2).
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
      // Both the original and the probe have arrived.
      outstanding = false;
      return false;
    }
    if (SequenceNumber.after(ack, endSeq)) {
      outstanding = false;
      return true;
    }
    if (report.isDuplicate() && !sack) {
      // A duplicate without a SACK option means the same, from a peer without D-SACK.
      outstanding = false;
    }
    return false;
  }
}
