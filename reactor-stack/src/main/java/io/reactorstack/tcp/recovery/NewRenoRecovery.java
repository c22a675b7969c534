package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.CongestionState;
import org.jspecify.annotations.Nullable;

/**
 * Recovery for a peer without SACK: fast retransmit and NewReno fast recovery (RFC 5681 section 3.2, RFC 6582), and
 * recovery from a timeout.
 */
public final class NewRenoRecovery implements LossRecovery {

  private final RetransmissionQueue queue;
  private final CongestionControl congestion;
  private final DuplicateAckDetection detection;
  private final ForwardRto forwardRto;
  private final SpuriousRecovery spurious = new SpuriousRecovery();
  private CongestionState state = CongestionState.OPEN;
  /** SND.NXT when the last loss was detected. */
  private int recover;
  /** SND.NXT when congestion was last signalled by ECN. */
  private int cwrEnd;
  private boolean partiallyAcknowledged;
  private boolean retransmissionForced;
  private int entryFlight;
  private int limitedTransmitBytes;
  private boolean reductionUntold;

  /** Creates a recovery without losses; {@code iss} is the initial send sequence number. */
  NewRenoRecovery(
      RetransmissionQueue queue,
      CongestionControl congestion,
      DuplicateAckDetection detection,
      boolean forwardRto,
      int iss) {
    this.queue = queue;
    this.congestion = congestion;
    this.detection = detection;
    this.forwardRto = new ForwardRto(forwardRto, false, congestion);
    this.recover = iss;
  }

  @Override
  public boolean onAck(AckReport ack, long now) {
    boolean restart = ack.isAdvance();
    if (spurious.isShownBy(ack, congestion.segmentSize())) {
      undo(now);
    } else if (state == CongestionState.LOSS && forwardRto.onAck(ack)) {
      undo(now);
    }
    if (ack.isAdvance()) {
      restart = onAdvance(ack);
    } else if (ack.isDuplicate()) {
      onDuplicate(ack, now);
    }
    if (ack.echoesCongestion() && !state.isRepairing() && state != CongestionState.CWR) {
      enterCwr(ack, now);
    }
    if (state == CongestionState.OPEN && detection.hasDuplicates()) {
      state = CongestionState.DISORDER;
    }
    return restart;
  }

  private void onDuplicate(AckReport ack, long now) {
    if (state == CongestionState.RECOVERY) {
      // RFC 5681 3.2 step 4: each duplicate shows that a segment has left the network. The window is inflated by no
      // more than was in flight.
      int inflated = congestion.cwnd() + congestion.segmentSize();
      congestion.proposeWindow(Math.min(inflated, aboveThreshold(entryFlight)));
      return;
    }
    if (!detection.onDuplicateAck() || SequenceNumber.beforeOrAt(ack.sndUna(), recover)) {
      // RFC 6582 3.2 step 2: retransmissions of an earlier recovery or timeout cause duplicates of their own.
      return;
    }
    entryFlight = ack.flight();
    if (state != CongestionState.CWR) {
      reductionUntold = true;
      // RFC 5681 3.2 step 2: data sent by limited transmit does not count.
      congestion.onLoss(entryFlight - limitedTransmitBytes, now);
    }
    congestion.proposeWindow(aboveThreshold(3 * congestion.segmentSize()));
    recover = ack.sndNxt();
    state = CongestionState.RECOVERY;
    partiallyAcknowledged = false;
    spurious.begin(ack.sndUna(), ack.sndNxt());
    queue.markFirstLost();
    retransmissionForced = true;
  }

  /**
   * Returns the slow start threshold plus {@code bytes}, without overflow: a control without a threshold returns the
   * maximum.
   */
  private int aboveThreshold(int bytes) {
    return (int) Math.min(Integer.MAX_VALUE, (long) congestion.slowStartThreshold() + bytes);
  }

  private boolean onAdvance(AckReport ack) {
    int sndUna = ack.sndUna();
    detection.onProgress();
    limitedTransmitBytes = 0;
    retransmissionForced = false;
    if (state != CongestionState.RECOVERY) {
      if (!ack.echoesCongestion()) {
        ack.letGrow();
      }
      int end = state == CongestionState.CWR ? cwrEnd : recover;
      if (SequenceNumber.afterOrAt(sndUna, end)) {
        leave(ack);
      }
      // RFC 6582 section 6: recover must not fall 2^31 behind.
      recover = SequenceNumber.later(recover, sndUna - 1);
      return true;
    }
    int smss = congestion.segmentSize();
    if (SequenceNumber.afterOrAt(sndUna, recover)) {
      // RFC 6582 3.2 step 3, full acknowledgement: avoid a burst if little is in flight.
      leave(ack);
      congestion.proposeWindow(Math.min(congestion.slowStartThreshold(), Math.max(ack.flight(), smss) + smss));
      return true;
    }
    // Partial acknowledgement: the next segment is lost too. Deflate the window by what has left the network.
    congestion.proposeWindow(congestion.cwnd() - ack.acked() + (ack.acked() >= smss ? smss : 0));
    queue.markFirstLost();
    retransmissionForced = true;
    boolean first = !partiallyAcknowledged;
    partiallyAcknowledged = true;
    return first;
  }

  private void leave(AckReport ack) {
    if (state.isRepairing()) {
      spurious.onRecovered(ack.sndNxt());
    }
    forwardRto.stop();
    state = CongestionState.OPEN;
  }

  private void enterCwr(AckReport ack, long now) {
    reductionUntold = true;
    spurious.end();
    congestion.onEcnEcho(ack.flightBefore(), now);
    congestion.proposeWindow(Math.min(congestion.cwnd(), congestion.slowStartThreshold()));
    state = CongestionState.CWR;
    cwrEnd = ack.sndNxt();
  }

  private void undo(long now) {
    spurious.end();
    forwardRto.stop();
    retransmissionForced = false;
    congestion.onSpurious(now);
    queue.unmarkLost();
    reductionUntold = false;
    state = CongestionState.OPEN;
  }

  @Override
  public void onProbeLost(long now) {
    if (state == CongestionState.RECOVERY) {
      spurious.end();
      congestion.onSpurious(now);
      state = CongestionState.DISORDER;
      retransmissionForced = true;
    }
  }

  @Override
  public void onTimeout(int sndUna, int sndNxt, long now) {
    SentSegment first = queue.first();
    if (first == null) {
      return;
    }
    boolean repeated = first.timeouts() > 0;
    boolean underWay = state == CongestionState.LOSS;
    queue.onTimeout();
    reductionUntold = true;
    congestion.onTimeout(sndNxt - sndUna, repeated, now);
    detection.onProgress();
    limitedTransmitBytes = 0;
    if (!repeated) {
      spurious.begin(sndUna, sndNxt);
    }
    // RFC 5682 2.1 (1): not if the sender is already recovering from a timeout.
    forwardRto.begin(sndNxt, first.end(), underWay);
    // RFC 6582 3.2 step 4: a fast retransmit must not follow until everything sent before the timeout is acknowledged.
    recover = sndNxt;
    state = CongestionState.LOSS;
    // The first segment leaves immediately (RFC 6298 (5.4)). Slow start sends the others, unless they are acknowledged
    // first.
    queue.markAllLost();
    retransmissionForced = true;
  }

  @Override
  public void forceRetransmission() {
    retransmissionForced = true;
  }

  @Override
  public void onDeadline(int sndUna, int sndNxt, long now) {
    // This recovery never sets a deadline.
  }

  @Override
  public void onLossRepaired(int flightSize, long now) {
    // RFC 8985 4: tail loss probes require SACK.
  }

  @Override
  public void onReneged() {
    // Without SACK there are no reports that the peer could renege on.
  }

  @Override
  public void onRetransmission(SentSegment segment, long now) {
    retransmissionForced = false;
    spurious.onRetransmitted(segment.end(), now);
  }

  @Override
  public void onSent(int bytes, int flightSize) {
    forwardRto.onSent(bytes);
    if (state != CongestionState.RECOVERY && flightSize > congestion.cwnd()) {
      limitedTransmitBytes += bytes;
    }
  }

  @Override
  public boolean isRetransmissionForced() {
    return retransmissionForced;
  }

  @Override
  public int newDataFirst() {
    return forwardRto.newDataFirst();
  }

  @Override
  public boolean isRetransmissionHeld() {
    return forwardRto.isActive() && !retransmissionForced;
  }

  @Override
  public @Nullable SentSegment speculative() {
    return null;
  }

  @Override
  public int allowedFlight() {
    int extra = state.isRepairing() ? 0 : detection.extraSegments() * congestion.segmentSize();
    return congestion.cwnd() + extra;
  }

  @Override
  public boolean isRecovering() {
    return state == CongestionState.RECOVERY;
  }

  @Override
  public boolean isTimerRestartedByRetransmission() {
    return false;
  }

  @Override
  public CongestionState state() {
    return state;
  }

  @Override
  public boolean takeReduction() {
    boolean untold = reductionUntold;
    reductionUntold = false;
    return untold;
  }

  @Override
  public long deadline() {
    return LossDetection.NO_DEADLINE;
  }

  @Override
  public int reorderingDegree() {
    return detection.threshold();
  }

  @Override
  public long reorderings() {
    return 0;
  }
}
