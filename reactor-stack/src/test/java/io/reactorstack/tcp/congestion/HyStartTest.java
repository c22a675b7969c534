package io.reactorstack.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.CongestionTrial;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HyStartTest {

  private static final int SMSS = 1000;
  private static final long MILLI = 1_000_000;

  private final SlowStart slowStart = HyStart.FACTORY.create(false);
  private int sent;

  /** Feeds a round of {@code samples} acknowledgements of one segment each, all with this round-trip time. */
  private void round(int samples, double rttMillis) {
    int begin = sent;
    sent += samples * SMSS;
    for (int i = 1; i <= samples; i++) {
      slowStart.onRoundTrip(begin + i * SMSS, sent, (long) (rttMillis * MILLI));
    }
  }

  private boolean isConservative() {
    return slowStart.increase(4, SMSS) == 1;
  }

  @Test
  @Requirement({"RFC9406-4.2-02", "RFC9406-4.3-01"})
  void anUnpacedSenderGrowsByEightSegmentsAtMost() {
    assertThat(slowStart.increase(3 * SMSS, SMSS)).isEqualTo(3 * SMSS);
    assertThat(slowStart.increase(20 * SMSS, SMSS)).isEqualTo(8 * SMSS);
  }

  @Test
  @Requirement("RFC9406-4.3-05")
  void aPacedSenderHasNoLimit() {
    assertThat(HyStart.FACTORY.create(true).increase(200 * SMSS, SMSS)).isEqualTo(200 * SMSS);
  }

  @Test
  @Requirement({"RFC9406-4.2-03", "RFC9406-4.3-01", "RFC9406-4.3-03"})
  void aRiseByAnEighthStartsConservativeSlowStart() {
    round(8, 80);
    round(8, 89.9);
    assertThat(isConservative()).isFalse();
    // The threshold follows from the previous round, not from the first: 89.9 + 89.9 / 8 = 101.1. Seven samples are too
    // few.
    round(7, 102);
    assertThat(isConservative()).isFalse();
    round(8, 120);
    assertThat(isConservative()).isTrue();
  }

  @Test
  @Requirement({"RFC9406-4.2-03", "RFC9406-4.3-01"})
  void theThresholdIsFourMillisecondsAtLeastAndSixteenAtMost() {
    round(8, 10);
    round(8, 13.9);
    assertThat(isConservative()).isFalse();
    round(8, 17.9);
    assertThat(isConservative()).isTrue();
    SlowStart slow = HyStart.FACTORY.create(false);
    for (int i = 1; i <= 8; i++) {
      slow.onRoundTrip(i * SMSS, 8 * SMSS, 300 * MILLI);
    }
    for (int i = 9; i <= 16; i++) {
      slow.onRoundTrip(i * SMSS, 16 * SMSS, 316 * MILLI);
    }
    assertThat(slow.increase(4, SMSS)).isEqualTo(1);
  }

  @Test
  @Requirement({"RFC9406-4.2-01", "RFC9406-4.3-03"})
  void aRoundEndsWhenTheDataInFlightAtItsBeginningIsAcknowledged() {
    // All samples belong to the first round: there is no earlier round to compare with, although the times rise.
    for (int i = 1; i <= 15; i++) {
      slowStart.onRoundTrip(i * SMSS, 16 * SMSS + i * SMSS, (50 + 10 * i) * MILLI);
    }
    assertThat(isConservative()).isFalse();
    // The smallest sample of a round counts: late acknowledgements are no rise.
    slowStart.onRoundTrip(17 * SMSS, 40 * SMSS, 300 * MILLI);
    for (int i = 18; i < 30; i++) {
      slowStart.onRoundTrip(i * SMSS, 40 * SMSS, (i == 20 ? 60 : 200) * MILLI);
    }
    assertThat(isConservative()).isFalse();
  }

  @Test
  @Requirement({"RFC9406-4.2-04", "RFC9406-4.3-01", "RFC9406-4.3-04"})
  void conservativeSlowStartGrowsByAQuarter() {
    round(8, 80);
    round(8, 100);
    assertThat(slowStart.increase(4 * SMSS, SMSS)).isEqualTo(SMSS);
    assertThat(slowStart.increase(100 * SMSS, SMSS)).isEqualTo(2 * SMSS);
    int sum = 0;
    for (int i = 0; i < 400; i++) {
      sum += slowStart.increase(1, SMSS);
    }
    assertThat(sum).isEqualTo(100);
  }

  @Test
  @Requirement("RFC9406-4.2-05")
  void aFallResumesSlowStart() {
    round(8, 80);
    round(8, 100);
    assertThat(isConservative()).isTrue();
    round(8, 100);
    assertThat(isConservative()).isTrue();
    round(8, 99);
    assertThat(isConservative()).isFalse();
    assertThat(slowStart.isFinished()).isFalse();
  }

  @Test
  @Requirement("RFC9406-4.2-06")
  void fiveConservativeRoundsEndSlowStart() {
    round(8, 80);
    // The round in which the rise is detected counts.
    round(8, 100);
    for (int i = 0; i < 3; i++) {
      round(8, 100);
      assertThat(slowStart.isFinished()).isFalse();
    }
    round(8, 100);
    assertThat(slowStart.isFinished()).isTrue();
  }

  @Test
  @Requirement("RFC9406-4.2-06")
  void theThresholdIsTheWindowWhenSlowStartEnds() {
    for (CongestionControl.Factory factory : new CongestionControl.Factory[] {
        Cubic.FACTORY, NewReno.factory(HyStart.FACTORY)}) {
      CongestionTrial trial = new CongestionTrial(factory, SMSS, 10, false).segmentsPerAck(1);
      trial.roundTrip(Duration.ofMillis(50)).rounds(2).roundTrip(Duration.ofMillis(80));
      int before = 0;
      while (trial.control().slowStartThreshold() == Integer.MAX_VALUE && trial.segments() < 10_000) {
        before = trial.segments();
        trial.round();
      }
      assertThat(trial.thresholdSegments()).as(factory.name()).isBetween(before, before * 5 / 4 + 2);
    }
  }

  @Test
  @Requirement({"RFC9406-4.2-07", "RFC9406-4.3-06"})
  void aLossOrAMarkEndsHyStartForGood() {
    for (int how = 0; how < 3; how++) {
      CongestionTrial trial = new CongestionTrial(Cubic.FACTORY, SMSS, 40, false).segmentsPerAck(8);
      switch (how) {
        case 0 -> trial.loss();
        case 1 -> trial.mark();
        default -> trial.timeout();
      }
      assertThat(trial.thresholdSegments()).isEqualTo(28);
      // Later slow starts follow RFC 5681: one segment per acknowledgement, which covers eight segments here.
      trial.timeout();
      trial.rounds(2);
      assertThat(trial.segments()).isEqualTo(3);
    }
  }

  @Test
  void aSpuriousReductionResumesSlowStart() {
    slowStart.onEnd();
    assertThat(slowStart.increase(8 * SMSS, SMSS)).isEqualTo(SMSS);
    slowStart.onSpurious();
    assertThat(slowStart.increase(8 * SMSS, SMSS)).isEqualTo(8 * SMSS);
    // An end that an earlier reduction caused is not undone.
    slowStart.onEnd();
    slowStart.onEnd();
    slowStart.onSpurious();
    assertThat(slowStart.increase(8 * SMSS, SMSS)).isEqualTo(SMSS);
  }

  @Test
  @Requirement("RFC9406-4.2-01")
  void roundsAreCountedAcrossTheWrapOfSequenceNumbers() {
    sent = -9 * SMSS;
    round(8, 80);
    round(8, 100);
    assertThat(isConservative()).isTrue();
  }
}
