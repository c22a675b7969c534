package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.recovery.LossDetection;
import io.reactorstack.tcp.recovery.RttEstimator;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Decides which of the sender's timers runs, and until when. The retransmission timeout is 1000; the unit does not
 * matter.
 */
class SenderTimersTest {

  private static final long NO_REORDERING = LossDetection.NO_DEADLINE;
  private static final long NO_PROBE = -1;

  private final Deadlines deadlines = new Deadlines();
  private final SenderTimers timers = new SenderTimers(deadlines, new RttEstimator(1000, 1, 1, 100_000));

  private List<Kind> running() {
    return Arrays.stream(Kind.values()).filter(deadlines::isSet).toList();
  }

  private void assertRuns(Kind kind, long until) {
    assertThat(running()).containsExactly(kind);
    assertThat(deadlines.earliest()).isEqualTo(until);
  }

  // RFC 6298 (5.1).
  @Test
  void onlyTheFirstNewDataStartsTheRetransmissionTimer() {
    timers.onNewData(100);
    timers.arm(NO_REORDERING, NO_PROBE, 100);
    assertRuns(Kind.RETRANSMISSION, 1100);
    timers.onNewData(500);
    timers.arm(NO_REORDERING, NO_PROBE, 500);
    assertRuns(Kind.RETRANSMISSION, 1100);
  }

  // RFC 6298 (5.3).
  @Test
  void anAcknowledgementRestartsTheRetransmissionTimer() {
    timers.onNewData(100);
    timers.restart(400);
    timers.arm(NO_REORDERING, NO_PROBE, 400);
    assertRuns(Kind.RETRANSMISSION, 1400);
  }

  @Test
  void dataInFlightAlwaysHasARetransmissionTimer() {
    timers.arm(NO_REORDERING, NO_PROBE, 300);
    assertRuns(Kind.RETRANSMISSION, 1300);
  }

  // RFC 8985 7.2: the probe timeout counts from the last new data or acknowledgement.
  @Test
  void theProbeTimerReplacesTheRetransmissionTimer() {
    timers.onNewData(100);
    timers.arm(NO_REORDERING, 200, 100);
    assertRuns(Kind.TAIL_PROBE, 300);
    timers.onAdvance(250);
    timers.arm(NO_REORDERING, 200, 250);
    assertRuns(Kind.TAIL_PROBE, 450);
    timers.onNewData(400);
    timers.arm(NO_REORDERING, 0, 400);
    assertRuns(Kind.TAIL_PROBE, 400);
  }

  // RFC 8985 7.2: if the retransmission timeout comes first, the probe is sent at that time instead.
  @Test
  void aProbeTimeoutIsNotLaterThanTheRetransmissionTimeout() {
    timers.onNewData(100);
    timers.arm(NO_REORDERING, 5000, 100);
    assertRuns(Kind.TAIL_PROBE, 1100);
  }

  // RFC 8985 7.3: after a probe timeout the retransmission timer follows.
  @Test
  void theRetransmissionTimerFollowsAProbeTimeout() {
    timers.onNewData(100);
    timers.onProbeTimeout();
    timers.arm(NO_REORDERING, 200, 300);
    assertRuns(Kind.RETRANSMISSION, 1100);
  }

  // RFC 8985 section 8: one timer at a time.
  @Test
  void theReorderingTimerReplacesBothOthers() {
    timers.onNewData(100);
    timers.arm(700, 200, 100);
    assertRuns(Kind.REORDERING, 700);
    timers.arm(NO_REORDERING, NO_PROBE, 700);
    assertRuns(Kind.RETRANSMISSION, 1100);
  }

  @Test
  void aRunningTimerCanBeMadeToExpireNow() {
    timers.expireAt(50);
    timers.arm(NO_REORDERING, NO_PROBE, 100);
    assertRuns(Kind.RETRANSMISSION, 1100);
    timers.expireAt(200);
    timers.arm(NO_REORDERING, NO_PROBE, 200);
    assertRuns(Kind.RETRANSMISSION, 200);
  }

  @Test
  void whenNothingIsInFlightNoTimerRuns() {
    timers.onNewData(100);
    timers.arm(NO_REORDERING, NO_PROBE, 100);
    timers.stop();
    assertThat(running()).isEmpty();
    timers.arm(NO_REORDERING, 200, 500);
    assertRuns(Kind.RETRANSMISSION, 1500);
    timers.onNewData(500);
    timers.arm(NO_REORDERING, 200, 500);
    assertRuns(Kind.TAIL_PROBE, 700);
    timers.stop();
    assertThat(running()).isEmpty();
    timers.onNewData(600);
    timers.arm(900, NO_PROBE, 600);
    timers.stop();
    assertThat(running()).isEmpty();
  }

  // ---- the deadlines themselves

  @Test
  void dueDeadlinesAreTakenInTheOrderOfTheirKinds() {
    deadlines.set(Kind.TIME_WAIT, 10);
    deadlines.set(Kind.PERSIST, 20);
    deadlines.set(Kind.KEEP_ALIVE, 21);
    assertThat(deadlines.takeDue(9)).isNull();
    assertThat(deadlines.takeDue(20)).isEqualTo(Kind.PERSIST);
    assertThat(deadlines.takeDue(20)).isEqualTo(Kind.TIME_WAIT);
    assertThat(deadlines.takeDue(20)).isNull();
    assertThat(deadlines.earliest()).isEqualTo(21);
    deadlines.clearAll();
    assertThat(deadlines.earliest()).isEqualTo(TcpEngine.NO_DEADLINE);
    assertThat(deadlines.takeDue(Long.MAX_VALUE)).isNull();
  }
}
