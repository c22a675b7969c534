package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.congestion.CongestionState;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.recovery.AckReport;
import io.reactorstack.tcp.recovery.LossRecovery;
import io.reactorstack.tcp.recovery.RecoveryKit;
import io.reactorstack.tcp.recovery.RetransmissionQueue;
import io.reactorstack.tcp.recovery.RttEstimator;
import io.reactorstack.tcp.recovery.TailLossProbe;

/**
 * Decides when a sender probes for the loss of the last segments of a window (RFC 8985 section 7): the probe timeout,
 * and whether a probe is due.
 */
final class TailProbes {

  private final TailLossProbe probe = new TailLossProbe();
  private final boolean on;
  private final RetransmissionQueue queue;
  private final LossRecovery recovery;
  private final RttEstimator rtt;
  private boolean due;

  TailProbes(TcpSettings settings, RecoveryKit kit, RttEstimator rtt) {
    // RFC 8985 4: TLP requires SACK.
    this.on = kit.isSack() && settings.recovery().tailLossProbe();
    this.queue = kit.queue();
    this.recovery = kit.recovery();
    this.rtt = rtt;
  }

  /** RFC 8985 7.2: probes are sent only while no loss or reordering is known. */
  private boolean isPossible() {
    return on
        && queue.sackedSegments() == 0
        && queue.lostSegments() == 0
        && recovery.state().compareTo(CongestionState.RECOVERY) < 0;
  }

  /** Returns the probe timeout (PTO) in nanoseconds, or a negative number if no probe may be sent. */
  long timeout() {
    return isPossible() ? probe.timeout(rtt, queue.size() == 1) : -1;
  }

  /** Marks a probe as due, if one is allowed: the probe timeout has passed. */
  void onTimeout() {
    due = probe.isAllowed() && isPossible();
  }

  boolean isDue() {
    return due;
  }

  /**
   * Returns whether the caller must send a probe, and clears the mark. Acknowledgements since the timeout may have made
   * the probe unnecessary.
   */
  boolean takeDue() {
    boolean taken = due && isPossible();
    due = false;
    return taken;
  }

  /** Cancels a probe that is due. RFC 8985 7.2: SND.UNA has advanced, so the probe timeout restarts. */
  void onAdvance() {
    due = false;
  }

  /** Notes that a probe was sent, with new data or as a {@code retransmission}. */
  void onSent(int sndNxt, boolean retransmission) {
    probe.onSent(sndNxt, retransmission);
  }

  /** Notes that a round-trip time was measured. */
  void onSample() {
    probe.onSample();
  }

  /** Processes an acknowledgement; returns whether the probe has repaired a loss. */
  boolean onAck(AckReport report, int ack, boolean sack) {
    return probe.onAck(report, ack, sack);
  }

  /** Ends probing because another mechanism repairs the losses: expects no answer and sends no probe. */
  void abandon() {
    probe.abandon();
    due = false;
  }
}
