package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.recovery.LossDetection;
import io.reactorstack.tcp.recovery.RttEstimator;

/**
 * Which of the sender's timers runs: retransmission (RFC 6298), tail loss probe or reordering (RFC 8985). Only one of them does at
 * a time (RFC 8985 section 8); none while the persist timer does.
 */
final class SenderTimers {

  private static final long NEVER = Long.MIN_VALUE;

  private final Deadlines deadlines;
  private final RttEstimator rtt;
  /** When the retransmission timer expires, whether it or another one runs in its place; {@link #NEVER} if it does not run. */
  private long retransmissionAt = NEVER;
  /** From when the probe timeout is counted; {@link #NEVER} if no probe is wanted. */
  private long probeFrom = NEVER;

  SenderTimers(Deadlines deadlines, RttEstimator rtt) {
    this.deadlines = deadlines;
    this.rtt = rtt;
  }

  /** RFC 6298 (5.1), RFC 8985 7.2: new data was sent. */
  void onNewData(long now) {
    if (retransmissionAt == NEVER) {
      restart(now);
    }
    probeFrom = now;
  }

  /** RFC 8985 7.2: SND.UNA has advanced. */
  void onAdvance(long now) {
    probeFrom = now;
  }

  /** RFC 6298 (5.3), (5.6): the retransmission timer begins anew. */
  void restart(long now) {
    retransmissionAt = now + rtt.rto();
  }

  /** The retransmission timer expires at {@code now}, if it runs. */
  void expireAt(long now) {
    if (retransmissionAt != NEVER) {
      retransmissionAt = now;
    }
  }

  /** Whether the retransmission timer, if it runs, has come to its end. */
  boolean isRetransmissionDue(long now) {
    return retransmissionAt != NEVER && retransmissionAt <= now;
  }

  /** RFC 8985 7.3: after a probe timeout the retransmission timer follows, not another probe. */
  void onProbeTimeout() {
    probeFrom = NEVER;
  }

  /** Nothing is in flight, or the window is closed. */
  void stop() {
    retransmissionAt = NEVER;
    probeFrom = NEVER;
    deadlines.clear(Kind.RETRANSMISSION);
    deadlines.clear(Kind.TAIL_PROBE);
    deadlines.clear(Kind.REORDERING);
  }

  /**
   * Something is in flight.
   *
   * @param reorderingAt when more may be taken for lost, or {@link LossDetection#NO_DEADLINE}
   * @param probeTimeout the probe timeout, or a negative number if no probe may be sent
   */
  void arm(long reorderingAt, long probeTimeout, long now) {
    if (retransmissionAt == NEVER) {
      restart(now);
    }
    boolean reordering = reorderingAt != LossDetection.NO_DEADLINE;
    boolean probe = !reordering && probeTimeout >= 0 && probeFrom != NEVER;
    set(Kind.REORDERING, reordering, reorderingAt);
    // RFC 8985 7.2: a probe later than the retransmission timeout would be none.
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
