package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.model.TcpSettings;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The keep-alive timer in numbers: probes after 10 s of silence, 2 s apart, three of them. */
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

  /** The timer expires; nothing is outstanding. */
  private boolean expire(long second) {
    deadlines.clear(Kind.KEEP_ALIVE);
    return timer.onTimeout(false, seconds(second));
  }

  @Test
  void itStartsWithTheConnection() {
    assertThat(deadlines.isSet(Kind.KEEP_ALIVE)).isFalse();
    timer.start(seconds(100));
    assertExpires(110);
  }

  @Test
  void aPeerThatWasHeardIsNotProbedBeforeItHasBeenSilentAgain() {
    timer.start(seconds(100));
    timer.onHeard(seconds(104));
    assertThat(expire(110)).isFalse();
    assertThat(timer.takeProbe()).isFalse();
    assertExpires(114);
  }

  @Test
  void probesFollowEachOtherUntilThePeerIsGivenUp() {
    timer.start(seconds(100));
    for (int probe = 1; probe <= 3; probe++) {
      assertThat(expire(108 + 2L * probe)).isFalse();
      assertThat(timer.unanswered()).isEqualTo(probe);
      assertThat(timer.takeProbe()).isTrue();
      assertThat(timer.takeProbe()).as("once").isFalse();
      assertExpires(110 + 2L * probe);
    }
    assertThat(expire(116)).isTrue();
  }

  @Test
  void anAnswerStartsTheSilenceAnew() {
    timer.start(seconds(100));
    expire(110);
    timer.onHeard(seconds(111));
    assertThat(timer.unanswered()).isZero();
    assertThat(timer.takeProbe()).as("no longer wanted").isFalse();
    assertThat(expire(112)).isFalse();
    assertExpires(121);
  }

  // MUST-26: what is sent again probes well enough.
  @Test
  void whileSomethingIsOutstandingNothingIsProbedOrGivenUp() {
    timer.start(seconds(100));
    expire(110);
    timer.takeProbe();
    assertThat(timer.onTimeout(true, seconds(112))).isFalse();
    assertThat(timer.takeProbe()).isFalse();
    assertThat(timer.unanswered()).isZero();
    assertExpires(122);
  }

  @Test
  void newTimesAreInForceAtOnce() {
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
  void switchedOffItDoesNotRun() {
    timer.start(seconds(100));
    timer.set(false, seconds(5), seconds(1), 1, seconds(101));
    assertThat(deadlines.isSet(Kind.KEEP_ALIVE)).isFalse();
  }

  @Test
  void afterTheEndItDoesNotRun() {
    timer.start(seconds(100));
    expire(110);
    timer.stop();
    assertThat(deadlines.isSet(Kind.KEEP_ALIVE)).isFalse();
    assertThat(timer.takeProbe()).isFalse();
    timer.set(true, seconds(5), seconds(1), 1, seconds(111));
    assertThat(deadlines.isSet(Kind.KEEP_ALIVE)).isFalse();
  }

  // RFC 5482 section 4.2: not before the user timeout that the option has agreed on.
  @Test
  void aPeerThatMayBeAwayForLongIsNotProbedBefore() {
    TcpSettings agreed = ON.withClosing(closing -> closing.withUserTimeout(Duration.ofSeconds(200))
        .withUserTimeoutOption(true));
    KeepAlive patient = new KeepAlive(deadlines, agreed, new UserTimeout(agreed));
    patient.start(seconds(100));
    assertExpires(301);
  }
}
