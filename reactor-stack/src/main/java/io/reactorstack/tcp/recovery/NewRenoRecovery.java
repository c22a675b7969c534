package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;

/** Fast retransmit and NewReno fast recovery (RFC 5681 section 3.2, RFC 6582), and recovery from a timeout. */
public final class NewRenoRecovery implements LossRecovery {

  private final RetransmissionQueue queue;
  private final CongestionControl congestion;
  private final LossDetection detection;
  /** The number after the highest one sent when the last loss was detected. */
  private int recover;
  private boolean recovering;
  private boolean partiallyAcknowledged;
  private boolean retransmissionForced;
  private int entryFlight;
  private int limitedTransmitBytes;

  /** Nothing lost yet. {@code iss} is the initial send sequence number. */
  public NewRenoRecovery(
      RetransmissionQueue queue, CongestionControl congestion, LossDetection detection, int iss) {
    this.queue = queue;
    this.congestion = congestion;
    this.detection = detection;
    this.recover = iss;
  }

  @Override
  public void onDuplicateAck(int sndUna, int sndNxt, long now) {
    if (recovering) {
      // RFC 5681 3.2 step 4: each one tells that a segment has left the network; no more left than were in it.
      int inflated = congestion.window() + congestion.segmentSize();
      congestion.setWindow(Math.min(inflated, congestion.slowStartThreshold() + entryFlight));
      return;
    }
    if (!detection.onDuplicateAck() || SequenceNumber.beforeOrAt(sndUna, recover)) {
      // RFC 6582 3.2 step 2: what an earlier recovery or a timeout has sent again causes duplicates of its own.
      return;
    }
    entryFlight = sndNxt - sndUna;
    // RFC 5681 3.2 step 2: data sent by limited transmit does not count.
    congestion.onLoss(entryFlight - limitedTransmitBytes, now);
    congestion.setWindow(congestion.slowStartThreshold() + 3 * congestion.segmentSize());
    recover = sndNxt;
    recovering = true;
    partiallyAcknowledged = false;
    queue.markFirstLost();
    retransmissionForced = true;
  }

  @Override
  public boolean onAcknowledged(int sndUna, int sndNxt, int bytes, int flightSize, long now) {
    detection.onProgress();
    limitedTransmitBytes = 0;
    retransmissionForced = false;
    if (!recovering) {
      congestion.onAcknowledged(bytes, flightSize, now);
      // RFC 6582 section 6: recover must not fall 2^31 behind.
      recover = SequenceNumber.later(recover, sndUna - 1);
      return true;
    }
    int smss = congestion.segmentSize();
    if (SequenceNumber.afterOrAt(sndUna, recover)) {
      // RFC 6582 3.2 step 3, full acknowledgement: no burst when little is in flight.
      recovering = false;
      congestion.setWindow(
          Math.min(congestion.slowStartThreshold(), Math.max(sndNxt - sndUna, smss) + smss));
      return true;
    }
    // Partial acknowledgement: the next hole is lost too; deflate by what has left the network.
    congestion.setWindow(congestion.window() - bytes + (bytes >= smss ? smss : 0));
    queue.markFirstLost();
    retransmissionForced = true;
    boolean first = !partiallyAcknowledged;
    partiallyAcknowledged = true;
    return first;
  }

  @Override
  public void onTimeout(int sndUna, int sndNxt, long now) {
    SentSegment first = queue.first();
    boolean repeated = first != null && first.timeouts() > 0;
    queue.onTimeout();
    congestion.onTimeout(sndNxt - sndUna, repeated, now);
    detection.onProgress();
    limitedTransmitBytes = 0;
    // RFC 6582 3.2 step 4
    recover = sndNxt;
    recovering = false;
    // The first goes out now (RFC 6298 (5.4)); slow start clocks out what acknowledgements do not show as received.
    queue.markAllLost();
    retransmissionForced = true;
  }

  @Override
  public boolean isRetransmissionForced() {
    return retransmissionForced;
  }

  @Override
  public void onRetransmitted() {
    retransmissionForced = false;
  }

  @Override
  public void onSent(int bytes, int flightSize) {
    if (!recovering && flightSize > congestion.window()) {
      limitedTransmitBytes += bytes;
    }
  }

  @Override
  public int allowedFlight() {
    int extra = recovering ? 0 : detection.extraSegments() * congestion.segmentSize();
    return congestion.window() + extra;
  }

  @Override
  public boolean isRecovering() {
    return recovering;
  }
}
