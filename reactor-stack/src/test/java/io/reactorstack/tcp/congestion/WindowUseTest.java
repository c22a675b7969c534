package io.reactorstack.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Acks;
import io.reactorstack.lab.CongestionTrial;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * An unused window does not grow and is kept for a limited time only (RFC 5681 section 4.1, RFC 6928 section 2, RFC
 * 7661).
 */
class WindowUseTest {

  private static final int SMSS = 1000;

  private static CongestionTrial reno() {
    return new CongestionTrial(NewReno.FACTORY, SMSS, 10, false).segmentsPerAck(1);
  }

  @Test
  void acknowledgementsThatArriveTogetherAllCount() {
    CongestionControl reno = NewReno.FACTORY.create(new CongestionControl.Start(SMSS, 10 * SMSS, false, 0));
    for (int i = 1; i <= 10; i++) {
      reno.onSent(SMSS, i * SMSS, i * SMSS, 0);
    }
    for (int i = 1; i <= 10; i++) {
      reno.onAck(Acks.unmeasured(SMSS, i * SMSS, 10 * SMSS, 0));
    }
    assertThat(reno.cwnd()).isEqualTo(20 * SMSS);
  }

  @Test
  void aWindowUsedByLessThanHalfDoesNotGrow() {
    CongestionTrial trial = reno();
    for (int i = 0; i < 50; i++) {
      trial.shortRound(5);
    }
    assertThat(trial.segments()).isEqualTo(10);
    // Six of ten segments are used: the window after the next doubling would be used too.
    trial.shortRound(6);
    assertThat(trial.segments()).isEqualTo(12);
  }

  @Test
  @Requirement({"RFC5681-4.1-01", "RFC6928-2-05"})
  void anIdleConnectionResumesWithTheInitialWindow() {
    CongestionTrial trial = reno().rounds(3);
    assertThat(trial.segments()).isEqualTo(80);
    trial.idle(Duration.ofSeconds(3));
    assertThat(trial.segments()).isEqualTo(10);
    CongestionTrial small = reno().loss().idle(Duration.ofSeconds(3));
    assertThat(small.segments()).isEqualTo(4);
  }

  @Test
  @Requirement("RFC6928-2-06")
  void afterALossInTheInitialWindowTheRestartWindowIsThatOfRfc3390() {
    CongestionTrial trial = reno().loss();
    while (trial.segments() < 30) {
      trial.round();
    }
    trial.idle(Duration.ofSeconds(3));
    assertThat(trial.segments()).isEqualTo(4);
    // A later loss does not change the restart window.
    CongestionTrial other = reno().rounds(2).loss();
    other.idle(Duration.ofSeconds(3));
    assertThat(other.segments()).isEqualTo(10);
  }

  @Test
  void aPausedConnectionKeepsItsWindowForFiveMinutes() {
    CongestionTrial trial = reno().rounds(3).pause(Duration.ZERO);
    assertThat(trial.segments()).isEqualTo(160);
    // All data in flight has arrived, and nothing more is sent.
    trial.pause(Duration.ofMinutes(4)).shortRound(1);
    assertThat(trial.segments()).isEqualTo(160);
    trial.pause(Duration.ofMinutes(6)).shortRound(1);
    assertThat(trial.segments()).isEqualTo(80);
    assertThat(trial.thresholdSegments()).isGreaterThanOrEqualTo(120);
    trial.pause(Duration.ofHours(3)).shortRound(1);
    assertThat(trial.segments()).isEqualTo(10);
  }

  @Test
  void aBarelyUsedWindowIsHalvedAfterFiveMinutes() {
    CongestionTrial trial = reno().rounds(3).pause(Duration.ZERO);
    for (int i = 0; i < 2990; i++) {
      trial.shortRound(2);
    }
    assertThat(trial.segments()).isEqualTo(160);
    for (int i = 0; i < 30; i++) {
      trial.shortRound(2);
    }
    assertThat(trial.segments()).isEqualTo(80);
  }

  @Test
  void aWindowOfWhichHalfIsUsedIsKept() {
    CongestionTrial trial = reno().rounds(3).loss();
    int window = trial.segments();
    for (int i = 0; i < 4000; i++) {
      trial.shortRound(window / 2 + 1);
    }
    assertThat(trial.segments()).isBetween(window, window + 1);
  }
}
