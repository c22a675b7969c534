package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.recovery.LossDetection;
import io.reactorstack.tcp.recovery.RttEstimator;

/**
 * Decides which of the sender's timers runs: retransmission (RFC 6298), tail loss probe or reordering (RFC 8985). Only
 * one of them runs at a time (RFC 8985 section 8), and none while the persist timer runs.
 */
final class SenderTimers {

  private static final long NEVER = Long.MIN_VALUE;

  private final Deadlines deadlines;
  private final RttEstimator rtt;
  /**
   * The time at which the retransmission timer expires, even while another timer runs in its place; {@link #NEVER} if
   * it is off.
   */
  private long retransmissionAt = NEVER;
  /** The time from which the probe timeout is counted; {@link #NEVER} if no probe may be sent. */
  private long probeFrom = NEVER;

  SenderTimers(Deadlines deadlines, RttEstimator rtt) {
    this.deadlines = deadlines;
    this.rtt = rtt;
  }

  /** Starts the timers for new data (RFC 6298 (5.1), RFC 8985 7.2). */
  void onNewData(long now) {
    if (retransmissionAt == NEVER) {
      restart(now);
    }
    probeFrom = now;
  }

  /** Restarts the probe timeout because SND.UNA has advanced (RFC 8985 7.2). */
  void onAdvance(long now) {
    probeFrom = now;
  }

  /** Restarts the retransmission timer (RFC 6298 (5.3), (5.6)). */
  void restart(long now) {
    retransmissionAt = now + rtt.rto();
  }

  /** Moves the expiry of the retransmission timer to {@code now}, if it runs. */
  void expireAt(long now) {
    if (retransmissionAt != NEVER) {
      retransmissionAt = now;
    }
  }

  /** Returns whether the retransmission timer runs and has expired. */
  boolean isRetransmissionDue(long now) {
    return retransmissionAt != NEVER && retransmissionAt <= now;
  }

  /**
   * Ends probing until new data is sent or acknowledged: after a probe timeout the retransmission timer runs, not
   * another probe (RFC 8985 7.3).
   */
  void onProbeTimeout() {
    probeFrom = NEVER;
  }

  /** Stops all timers: nothing is in flight, or the window is closed. */
  void stop() {
    retransmissionAt = NEVER;
    probeFrom = NEVER;
    deadlines.clear(Kind.RETRANSMISSION);
    deadlines.clear(Kind.TAIL_PROBE);
    deadlines.clear(Kind.REORDERING);
  }

  /**
   * Starts the timer that applies while data is in flight.
   *
   * @param reorderingAt the time at which more segments may count as lost, or {@link LossDetection#NO_DEADLINE}
   * @param probeTimeout the probe timeout in nanoseconds, or a negative number if no probe may be sent
   */
  void arm(long reorderingAt, long probeTimeout, long now) {
    if (retransmissionAt == NEVER) {
      restart(now);
    }
    boolean reordering = reorderingAt != LossDetection.NO_DEADLINE;
    boolean probe = !reordering && probeTimeout >= 0 && probeFrom != NEVER;
    set(Kind.REORDERING, reordering, reorderingAt);
    // RFC 8985 7.2: a probe must not be later than the retransmission timeout.
    set(Kind.TAIL_PROBE, probe, Math.min(probeFrom + probeTimeout, retransmissionAt));
    set(Kind.RETRANSMISSION, !reordering && !probe, retransmissionAt);
  }

  private void set(Kind kind, boolean on, long at) {
    if (on) {
      deadlines.set(kind, at);
    } else {
      deadlines.clear(kind);
    }
  }
}
