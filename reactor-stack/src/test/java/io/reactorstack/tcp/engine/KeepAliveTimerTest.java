package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.model.TcpSettings;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The keep-alive timer in isolation: probes after 10 s of silence, 2 s apart, three of them. */
class KeepAliveTimerTest {

  private static final TcpSettings ON = Timeline.PLAIN.withProbing(probing -> probing.withKeepAlive(true)
      .withKeepAliveIdle(Duration.ofSeconds(10)).withKeepAliveInterval(Duration.ofSeconds(2)).withKeepAliveProbes(3));

  private final Deadlines deadlines = new Deadlines();
  private final KeepAlive timer = new KeepAlive(deadlines, ON, new UserTimeout(ON));

  private static long seconds(long n) {
    return Duration.ofSeconds(n).toNanos();
  }

  private void assertExpires(long atSecond) {
    assertThat(deadlines.isSet(Kind.KEEP_ALIVE)).isTrue();
    assertThat(deadlines.earliest()).isEqualTo(seconds(atSecond));
  }

  /** Lets the timer expire with nothing outstanding. */
  private boolean expire(long second) {
    deadlines.clear(Kind.KEEP_ALIVE);
    return timer.onTimeout(false, seconds(second));
  }

  @Test
  void theTimerStartsWithTheConnection() {
    assertThat(deadlines.isSet(Kind.KEEP_ALIVE)).isFalse();
    timer.start(seconds(100));
    assertExpires(110);
  }

  @Test
  void aSegmentOfThePeerPostponesTheProbe() {
    timer.start(seconds(100));
    timer.onHeard(seconds(104));
    assertThat(expire(110)).isFalse();
    assertThat(timer.takeProbe()).isFalse();
    assertExpires(114);
  }

  @Test
  void probesRepeatUntilThePeerIsGivenUp() {
    timer.start(seconds(100));
    for (int probe = 1; probe <= 3; probe++) {
      assertThat(expire(108 + 2L * probe)).isFalse();
      assertThat(timer.unanswered()).isEqualTo(probe);
      assertThat(timer.takeProbe()).isTrue();
      assertThat(timer.takeProbe()).as("only once").isFalse();
      assertExpires(110 + 2L * probe);
    }
    assertThat(expire(116)).isTrue();
  }

  @Test
  void anAnswerRestartsTheTimer() {
    timer.start(seconds(100));
    expire(110);
    timer.onHeard(seconds(111));
    assertThat(timer.unanswered()).isZero();
    assertThat(timer.takeProbe()).as("no longer due").isFalse();
    assertThat(expire(112)).isFalse();
    assertExpires(121);
  }

  // MUST-26: retransmissions probe the peer well enough.
  @Test
  void outstandingDataPreventsProbesAndTimeout() {
    timer.start(seconds(100));
    expire(110);
    timer.takeProbe();
    assertThat(timer.onTimeout(true, seconds(112))).isFalse();
    assertThat(timer.takeProbe()).isFalse();
    assertThat(timer.unanswered()).isZero();
    assertExpires(122);
  }

  @Test
  void newTimesTakeEffectAtOnce() {
    timer.start(seconds(100));
    expire(110);
    timer.set(true, seconds(5), seconds(1), 1, seconds(111));
    assertThat(timer.unanswered()).isZero();
    assertThat(timer.takeProbe()).isFalse();
    assertExpires(111);
    assertThat(expire(111)).isFalse();
    assertExpires(112);
    assertThat(expire(112)).as("one probe").isTrue();
  }

  @Test
  void theTimerDoesNotRunWhenSwitchedOff() {
    timer.start(seconds(100));
    timer.set(false, seconds(5), seconds(1), 1, seconds(101));
    assertThat(deadlines.isSet(Kind.KEEP_ALIVE)).isFalse();
  }

  @Test
  void theTimerDoesNotRunAfterTheEnd() {
    timer.start(seconds(100));
    expire(110);
    timer.stop();
    assertThat(deadlines.isSet(Kind.KEEP_ALIVE)).isFalse();
    assertThat(timer.takeProbe()).isFalse();
    timer.set(true, seconds(5), seconds(1), 1, seconds(111));
    assertThat(deadlines.isSet(Kind.KEEP_ALIVE)).isFalse();
  }

  // RFC 5482 section 4.2: no probe before the user timeout that the option has agreed on.
  @Test
  void theFirstProbeWaitsForTheAgreedUserTimeout() {
    TcpSettings agreed = ON.withClosing(closing -> closing.withUserTimeout(Duration.ofSeconds(200))
        .withUserTimeoutOption(true));
    KeepAlive patient = new KeepAlive(deadlines, agreed, new UserTimeout(agreed));
    patient.start(seconds(100));
    assertExpires(301);
  }
}
