package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.CongestionState;
import org.jspecify.annotations.Nullable;

/**
 * Recovery with SACK: fast recovery paced by proportional rate reduction (RFC 6675, RFC 8985, RFC 9937), recovery from
 * a timeout, reaction to congestion without loss (RFC 3168), and the undoing of each when it proves unnecessary.
 */
public final class SackRecovery implements LossRecovery {

  private final RetransmissionQueue queue;
  private final CongestionControl congestion;
  private final LossDetection detection;
  private final boolean speculative;
  private final ForwardRto forwardRto;
  private final ProportionalRateReduction prr = new ProportionalRateReduction();
  private final SpuriousRecovery spurious = new SpuriousRecovery();
  private CongestionState state = CongestionState.OPEN;
  /** RecoveryPoint of RFC 6675: SND.NXT when the present state was entered. */
  private int recoveryPoint;
  /** True if the earliest lost segment must leave next, regardless of the congestion window. */
  private boolean forced;

  private int limitedTransmitBytes;
  /** HighRxt and, below, RescueRxt of RFC 6675. */
  private int highRxt;

  private int rescueRxt;
  private boolean reductionUntold;

  /**
   * Creates a recovery without losses.
   *
   * @param speculative whether rules 3 and 4 of NextSeg apply
   * @param forwardRto whether timeouts are examined by F-RTO
   */
  SackRecovery(
      RetransmissionQueue queue,
      CongestionControl congestion,
      LossDetection detection,
      boolean speculative,
      boolean forwardRto) {
    this.queue = queue;
    this.congestion = congestion;
    this.detection = detection;
    this.speculative = speculative;
    this.forwardRto = new ForwardRto(forwardRto, true, congestion);
  }

  // ---- inputs

  @Override
  public boolean onAck(AckReport ack, long now) {
    if (ack.isAdvance()) {
      forced = false;
      limitedTransmitBytes = 0;
    }
    boolean needless = spurious.isShownBy(ack, congestion.segmentSize());
    boolean ended = state.compareTo(CongestionState.CWR) >= 0 && SequenceNumber.afterOrAt(ack.sndUna(), recoveryPoint);
    boolean lost = detection.onAck(ack, state.isRepairing(), now);
    if (needless && (state != CongestionState.RECOVERY || queue.resentBytes() == 0 || ended)) {
      undo(now);
      lost = false;
    } else if (state == CongestionState.LOSS && forwardRto.onAck(ack)) {
      undo(now);
    }
    boolean settled = ended && prr.isActive();
    if (ended) {
      end(ack);
    }
    if (lost && !state.isRepairing()) {
      enterRecovery(ack, now);
    } else if (!settled) {
      // RFC 6582 6: the acknowledgement that ends a reduction has already set the window.
      adjust(ack, lost);
    }
    if (ack.echoesCongestion() && state.compareTo(CongestionState.CWR) < 0) {
      enterCwr(ack, now);
    }
    settle();
    return ack.isAdvance();
  }

  /** Adjusts the window, in the states in which an acknowledgement moves it. */
  private void adjust(AckReport ack, boolean lost) {
    if (prr.isActive()) {
      reduce(ack.delivered(), ack.isAdvance() && !lost);
    } else if (ack.isAdvance() && !ack.echoesCongestion()) {
      // RFC 3168 6.1.2: an acknowledgement that echoes congestion does not open the window.
      ack.letGrow();
    }
  }

  private void reduce(int delivered, boolean safe) {
    if (!prr.isActive()) {
      // Without PRR the window was below ssthresh at an ECN mark. It is not reduced gradually, nor for a loss in the
      // same round trip.
      return;
    }
    int inflight = queue.pipe();
    int sndCnt = prr.onAck(delivered, inflight, safe, congestion.segmentSize());
    if (sndCnt >= 0) {
      congestion.proposeWindow(inflight + sndCnt);
    }
  }

  /** Undoes the reduction; segments that were marked as lost count as in flight again. */
  private void undo(long now) {
    spurious.end();
    forwardRto.stop();
    prr.end();
    forced = false;
    congestion.onSpurious(now);
    queue.unmarkLost();
    reductionUntold = false;
    state = CongestionState.OPEN;
  }

  /** Leaves the present state: everything that was in flight when it was entered is acknowledged. */
  private void end(AckReport ack) {
    if (prr.isActive()) {
      // RFC 9937 6.4: at the end the window is ssthresh.
      prr.end();
      congestion.proposeWindow(congestion.slowStartThreshold());
    }
    if (state.isRepairing()) {
      detection.onRecovered();
      spurious.onRecovered(ack.sndNxt());
    }
    forwardRto.stop();
    state = CongestionState.OPEN;
  }

  private void settle() {
    if (state.compareTo(CongestionState.CWR) < 0) {
      boolean disorder = queue.sackedSegments() > 0 || queue.lostSegments() > 0;
      state = disorder ? CongestionState.DISORDER : CongestionState.OPEN;
    }
  }

  private void enterRecovery(AckReport ack, long now) {
    boolean reducing = state == CongestionState.CWR;
    begin(ack.sndUna(), ack.sndNxt());
    if (!reducing) {
      // Only one reduction per window: one in progress covers this loss.
      startReduction(ack.flight(), ack.flight(), ack.delivered(), now);
    }
    reduce(ack.delivered(), false);
  }

  private void begin(int sndUna, int sndNxt) {
    state = CongestionState.RECOVERY;
    recoveryPoint = sndNxt;
    forced = true;
    SentSegment first = queue.first();
    highRxt = first == null ? sndUna : first.end();
    rescueRxt = highRxt;
    spurious.begin(sndUna, sndNxt);
  }

  /**
   * Reduces the window.
   *
   * @param flight bytes in flight from which the window falls
   * @param outstanding SND.NXT - SND.UNA
   * @param delivered bytes that the present acknowledgement has delivered
   */
  private void startReduction(int flight, int outstanding, int delivered, long now) {
    reductionUntold = true;
    // RFC 5681 3.2 step 2: data sent by limited transmit does not count.
    congestion.onLoss(Math.max(flight - limitedTransmitBytes, 0), now);
    // RFC 9937 6.1: RecoverFS includes what this acknowledgement has delivered.
    prr.begin(congestion.slowStartThreshold(), outstanding - queue.sackedBytes() + delivered);
  }

  private void enterCwr(AckReport ack, long now) {
    state = CongestionState.CWR;
    recoveryPoint = ack.sndNxt();
    spurious.end();
    reductionUntold = true;
    congestion.onEcnEcho(ack.flightBefore(), now);
    int ssthresh = congestion.slowStartThreshold();
    if (congestion.cwnd() >= ssthresh) {
      // RFC 9937: the window falls as data is delivered, and reaches ssthresh in the end.
      prr.begin(ssthresh, ack.flight() - queue.sackedBytes() + ack.delivered());
      reduce(ack.delivered(), ack.isAdvance());
    }
  }

  @Override
  public void onLossRepaired(int flightSize, long now) {
    if (state.compareTo(CongestionState.CWR) < 0) {
      // RFC 8985 7.4.2: reduce as after a fast recovery that is already complete.
      reductionUntold = true;
      spurious.end();
      congestion.onLoss(flightSize, now);
      congestion.proposeWindow(Math.min(congestion.cwnd(), congestion.slowStartThreshold()));
    }
  }

  @Override
  public void onProbeLost(long now) {
    if (state == CongestionState.RECOVERY) {
      spurious.end();
      prr.end();
      congestion.onSpurious(now);
      state = CongestionState.DISORDER;
      // The probe's data is sent again although the window was not opened for it.
      forced = true;
    }
  }

  @Override
  public void forceRetransmission() {
    forced = true;
  }

  @Override
  public void onDeadline(int sndUna, int sndNxt, long now) {
    boolean lost = detection.onDeadline(state.isRepairing(), now);
    if (!lost) {
      return;
    }
    if (!state.isRepairing()) {
      boolean reducing = state == CongestionState.CWR;
      begin(sndUna, sndNxt);
      if (!reducing) {
        startReduction(sndNxt - sndUna, sndNxt - sndUna, 0, now);
      }
      reduce(0, false);
    }
  }

  @Override
  public void onTimeout(int sndUna, int sndNxt, long now) {
    SentSegment first = queue.first();
    if (first == null) {
      return;
    }
    if (first.isSacked()) {
      // RFC 2018 5.1: the segment at the left edge is sent again, even if it was reported as received.
      queue.forgetSacked();
    }
    boolean repeated = first.timeouts() > 0;
    boolean repairing = state.isRepairing();
    queue.onTimeout();
    congestion.onTimeout(sndNxt - sndUna, repeated, now);
    reductionUntold = true;
    prr.end();
    limitedTransmitBytes = 0;
    detection.onTimeout(now);
    if (!repeated) {
      spurious.begin(sndUna, sndNxt);
    }
    // RFC 5682 3.1: not if losses are being repaired already.
    forwardRto.begin(sndNxt, first.end(), repairing);
    state = CongestionState.LOSS;
    recoveryPoint = sndNxt;
    // The first segment leaves immediately (RFC 6298 (5.4)); slow start sends the others.
    forced = true;
  }

  @Override
  public void onReneged() {
    queue.forgetSacked();
  }

  @Override
  public void onRetransmission(SentSegment segment, long now) {
    forced = false;
    spurious.onRetransmitted(segment.end(), now);
    prr.onSent(segment.length());
    if (SequenceNumber.beforeOrAt(segment.end(), queue.highestSacked())) {
      // RFC 6675 4: a rescue retransmission lies above and does not change HighRxt.
      highRxt = SequenceNumber.later(highRxt, segment.end());
    }
  }

  @Override
  public void onSent(int bytes, int flightSize) {
    forwardRto.onSent(bytes);
    if (prr.isActive()) {
      prr.onSent(bytes);
    } else if (flightSize > congestion.cwnd()) {
      limitedTransmitBytes += bytes;
    }
  }

  // ---- questions

  @Override
  public boolean isRetransmissionForced() {
    return forced;
  }

  @Override
  public int newDataFirst() {
    return forwardRto.newDataFirst();
  }

  @Override
  public boolean isRetransmissionHeld() {
    return forwardRto.isActive() && !forced;
  }

  /** Rules 3 and 4 of NextSeg (RFC 6675 section 4). */
  @Override
  public @Nullable SentSegment speculative() {
    if (!speculative || state != CongestionState.RECOVERY || queue.sackedSegments() == 0) {
      return null;
    }
    int highest = queue.highestSacked();
    for (int i = queue.position(highRxt); i < queue.size(); i++) {
      SentSegment segment = queue.get(i);
      if (SequenceNumber.afterOrAt(segment.seq(), highest)) {
        break;
      }
      if (!segment.isSacked() && SequenceNumber.afterOrAt(segment.seq(), highRxt)) {
        return segment;
      }
    }
    return rescue();
  }

  /**
   * Rule 4: a rescue retransmission, once per recovery, and only after octets beyond RescueRxt have been acknowledged.
   */
  private @Nullable SentSegment rescue() {
    SentSegment first = queue.first();
    if (first == null || SequenceNumber.beforeOrAt(first.seq(), rescueRxt)) {
      return null;
    }
    for (int i = queue.size() - 1; i >= 0; i--) {
      SentSegment segment = queue.get(i);
      if (!segment.isSacked()) {
        rescueRxt = recoveryPoint;
        return segment;
      }
    }
    return null;
  }

  @Override
  public int allowedFlight() {
    return congestion.cwnd();
  }

  @Override
  public boolean isRecovering() {
    return state == CongestionState.RECOVERY;
  }

  @Override
  public boolean isTimerRestartedByRetransmission() {
    return true;
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
    return detection.deadline();
  }

  @Override
  public int reorderingDegree() {
    return detection.reorderingDegree();
  }

  @Override
  public long reorderings() {
    return detection.reorderings();
  }
}
