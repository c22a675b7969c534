package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.congestion.CongestionState;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.recovery.AckReport;
import io.reactorstack.tcp.recovery.LossRecovery;
import io.reactorstack.tcp.recovery.RecoveryKit;
import io.reactorstack.tcp.recovery.RetransmissionQueue;
import io.reactorstack.tcp.recovery.RttEstimator;
import io.reactorstack.tcp.recovery.TailLossProbe;

/** When a sender probes for the loss of a window's end (RFC 8985 section 7): the probe's timeout, and whether it is due. */
final class TailProbes {

  private final TailLossProbe probe = new TailLossProbe();
  private final boolean on;
  private final RetransmissionQueue queue;
  private final LossRecovery recovery;
  private final RttEstimator rtt;
  private boolean due;

  TailProbes(TcpSettings settings, RecoveryKit kit, RttEstimator rtt) {
    // RFC 8985 4: only with a scoreboard.
    this.on = kit.isSack() && settings.recovery().tailLossProbe();
    this.queue = kit.queue();
    this.recovery = kit.recovery();
    this.rtt = rtt;
  }

  /** RFC 8985 7.2: only while nothing is amiss. */
  private boolean isPossible() {
    return on
        && queue.sackedSegments() == 0
        && queue.lostSegments() == 0
        && recovery.state().compareTo(CongestionState.RECOVERY) < 0;
  }

  /** PTO in nanoseconds; negative if no probe may be sent. */
  long timeout() {
    return isPossible() ? probe.timeout(rtt, queue.size() == 1) : -1;
  }

  /** The probe timeout has passed. */
  void onTimeout() {
    due = probe.isAllowed() && isPossible();
  }

  boolean isDue() {
    return due;
  }

  /** Whether a probe is to be sent now; it is taken for sent. What was heard since the timeout may have made it needless. */
  boolean takeDue() {
    boolean taken = due && isPossible();
    due = false;
    return taken;
  }

  /** RFC 8985 7.2: SND.UNA has advanced, so that the timeout begins anew. */
  void onAdvance() {
    due = false;
  }

  /** A probe was sent, with new data or as a {@code retransmission}. */
  void onSent(int sndNxt, boolean retransmission) {
    probe.onSent(sndNxt, retransmission);
  }

  /** A round-trip time was measured. */
  void onSample() {
    probe.onSample();
  }

  /** An acknowledgement was processed; returns whether the probe has repaired a loss. */
  boolean onAck(AckReport report, int ack, boolean sack) {
    return probe.onAck(report, ack, sack);
  }

  /** Losses are repaired by other means now: no answer is waited for, and no probe sent. */
  void abandon() {
    probe.abandon();
    due = false;
  }
}
