package io.reactorstack.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.CongestionTrial;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class CubicTest {

  private static final int SMSS = 1000;

  /**
   * Returns a trial in congestion avoidance after a loss at a window of {@code segments}, with the slow start of RFC
   * 5681.
   */
  private static CongestionTrial reduced(int segments, int rttMillis) {
    CongestionTrial trial = trial(segments).roundTrip(Duration.ofMillis(rttMillis));
    return trial.loss();
  }

  /** Returns a trial in slow start with a window of {@code segments}, whose receiver acknowledges each segment. */
  private static CongestionTrial trial(int segments) {
    CongestionTrial trial = new CongestionTrial(Cubic.factory(ByteCounting.ONE_SEGMENT), SMSS, segments, false);
    // The initial window of RFC 6928 for this number of segments of 1000 bytes.
    assertThat(trial.segments()).isEqualTo(segments);
    return trial.segmentsPerAck(1);
  }

  private static double seconds(CongestionTrial trial) {
    return trial.now().toNanos() / 1e9;
  }

  @Test
  @Requirement({"RFC9438-4.6-01", "RFC9438-4.6-02", "RFC9438-4.6-05"})
  void aLossReducesTheWindowToSevenTenths() {
    CongestionTrial trial = reduced(100, 100);
    assertThat(trial.thresholdSegments()).isEqualTo(70);
    assertThat(trial.segments()).isEqualTo(70);
    CongestionControl cubic = trial(2).control();
    cubic.onLoss(2 * SMSS, 0);
    assertThat(cubic.slowStartThreshold()).isEqualTo(2 * SMSS);
    // The reduction starts from the flight size, not from the window.
    cubic.proposeWindow(50 * SMSS);
    cubic.onLoss(10 * SMSS, 0);
    assertThat(cubic.slowStartThreshold()).isEqualTo(7 * SMSS);
  }

  @Test
  @Requirement({"RFC9438-4.2-01", "RFC9438-4.4-01", "RFC9438-4.5-01"})
  void theWindowFollowsTheCubicFunctionOfTime() {
    // With a large window and a long round trip, Reno is far slower, so the cubic function determines the window.
    CongestionTrial trial = reduced(800, 100);
    double begin = seconds(trial);
    double k = Math.cbrt(800 * 0.3 / 0.4);
    int before = 0;
    while (seconds(trial) - begin < 2 * k) {
      trial.round();
      double t = seconds(trial) - begin;
      double expected = 800 + 0.4 * Math.pow(t - k, 3);
      assertThat((double) trial.segments()).as("after %.1f s", t).isBetween(expected * 0.97 - 3, expected * 1.03 + 3);
      assertThat(trial.segments()).isGreaterThanOrEqualTo(before);
      before = trial.segments();
    }
    // The curve is concave up to W_max and convex beyond.
    assertThat(trial.segments()).isGreaterThan(1000);
  }

  @Test
  @Requirement("RFC9438-4.2-02")
  void theWindowGrowsByAtMostHalfPerRoundTrip() {
    CongestionTrial trial = reduced(100, 5000);
    for (int i = 0; i < 6; i++) {
      int before = trial.segments();
      trial.round();
      assertThat(trial.segments()).isLessThanOrEqualTo(before * 3 / 2 + 2);
    }
    assertThat(trial.segments()).isGreaterThan(500);
  }

  @Test
  @Requirement({"RFC9438-4.3-01", "RFC9438-4.3-02"})
  void whereRenoIsFasterTheWindowGrowsLikeReno() {
    // With a round trip of 10 ms, W_est grows by 9/17 of a segment per round, the cubic function by far less.
    CongestionTrial trial = reduced(40, 10);
    assertThat(trial.segments()).isEqualTo(28);
    trial.rounds(18);
    assertThat(trial.segments()).isBetween(28 + 18 * 9 / 17 - 1, 28 + 18 * 9 / 17 + 2);
  }

  @Test
  @Requirement("RFC9438-4.3-03")
  void aboveTheWindowOfTheLossTheIncreaseIsThatOfReno() {
    CongestionTrial trial = reduced(40, 10);
    while (trial.segments() < 41) {
      trial.round();
    }
    int before = trial.segments();
    trial.rounds(20);
    assertThat(trial.segments() - before).isBetween(19, 22);
  }

  @Test
  @Requirement({"RFC9438-4.2-03", "RFC9438-4.6-03"})
  void timeInWhichTheWindowIsNotUsedDoesNotCount() {
    CongestionTrial idle = reduced(200, 100);
    idle.rounds(5).pause(Duration.ZERO);
    int window = idle.segments();
    // The sender is short of data for a minute: if that time counted, the window would grow by hundreds of segments.
    for (int i = 0; i < 600; i++) {
      idle.shortRound(3);
    }
    assertThat(idle.segments()).isLessThanOrEqualTo(window + 1);
    idle.pause(Duration.ofMinutes(2));
    int resumed = idle.segments();
    idle.rounds(5);
    CongestionTrial busy = reduced(200, 100);
    busy.rounds(11);
    assertThat(idle.segments()).isGreaterThan(resumed).isLessThanOrEqualTo(busy.segments());
  }

  @Test
  @Requirement("RFC9438-4.7-01")
  void fastConvergenceLowersWMaxWhenALossComesEarlier() {
    // Loss at 100: W_max = 100. The next loss, at 70, is below: W_max = 70 * 0.85 = 59.5, K = cbrt((59.5 - 49) / 0.4) =
    // 2.97 s.
    CongestionTrial trial = reduced(100, 1000).loss();
    assertThat(trial.segments()).isEqualTo(49);
    trial.rounds(3);
    // Without fast convergence the plateau would be at 70 (K = 3.74 s).
    assertThat(trial.segments()).isBetween(57, 62);
  }

  @Test
  @Requirement({"RFC9438-4.8-01", "RFC9438-4.8-02", "RFC9438-4.8-03"})
  void afterATimeoutTheFunctionBeginsWhereSlowStartEnds() {
    CongestionTrial trial = trial(200).roundTrip(Duration.ofMillis(100)).timeout();
    assertThat(trial.segments()).isEqualTo(1);
    assertThat(trial.thresholdSegments()).isEqualTo(140);
    while (trial.segments() <= 140) {
      trial.round();
    }
    double begin = seconds(trial);
    int origin = trial.segments();
    trial.rounds(40);
    // With K = 0 the window is W_max + 0.4 t^3; at first, Reno's 9/17 of a segment per round is more.
    double t = seconds(trial) - begin;
    double expected = Math.max(origin + 0.4 * t * t * t, origin + 40 * 9 / 17.0);
    assertThat((double) trial.segments()).isBetween(expected - 3, expected + 6);
    // If W_max were still 200, the window would have reached it: K = 5.3 s.
    assertThat(trial.segments()).isLessThan(190);
  }

  @Test
  @Requirement({"RFC9438-4.6-06", "RFC3168-5-02", "RFC8311-4.1-01"})
  void marksLowerTheWindowDownToOneSegment() {
    CongestionTrial trial = trial(20).mark();
    assertThat(trial.segments()).isEqualTo(14);
    assertThat(trial.thresholdSegments()).as("as after a loss").isEqualTo(14)
        .isEqualTo(trial(20).loss().thresholdSegments());
    for (int i = 0; i < 12; i++) {
      trial.mark();
    }
    assertThat(trial.control().cwnd()).isEqualTo(SMSS);
    assertThat(trial.thresholdSegments()).isEqualTo(2);
  }

  @Test
  @Requirement({"RFC9438-4.9.1-02", "RFC9438-4.9.2-02", "RFC9438-4.9.2-03"})
  void aSpuriousReductionRestoresTheWholeState() {
    CongestionTrial undone = reduced(300, 100).rounds(30);
    CongestionTrial undisturbed = reduced(300, 100).rounds(30);
    int window = undone.control().cwnd();
    undone.timeout().spurious();
    assertThat(undone.control().cwnd()).isEqualTo(window);
    // W_max, K and t are restored: the window continues along the same curve.
    undone.rounds(20);
    undisturbed.rounds(23);
    assertThat(undone.segments()).isCloseTo(undisturbed.segments(), org.assertj.core.data.Offset.offset(6));
  }

  @Test
  @Requirement("RFC9438-4.9.2-04")
  void aWindowThatHasRecoveredIsKeptAfterASpuriousReduction() {
    CongestionControl cubic = reduced(10, 100).control();
    cubic.proposeWindow(50 * SMSS);
    cubic.onSpurious(0);
    assertThat(cubic.cwnd()).isEqualTo(50 * SMSS);
  }

  @Test
  @Requirement({"RFC9438-4.10-01", "RFC9438-4.10-03"})
  void slowStartIsUsedUpToTheThreshold() {
    CongestionTrial trial = trial(50).timeout();
    assertThat(trial.thresholdSegments()).isEqualTo(35);
    trial.round();
    assertThat(trial.segments()).isEqualTo(2);
    trial.rounds(4);
    assertThat(trial.segments()).isEqualTo(32);
    // At the threshold itself it still grows by slow start, above it no more.
    trial.round();
    assertThat(trial.segments()).isBetween(36, 37);
  }

  @Test
  @Requirement({"RFC9438-4.10-02", "RFC9438-4.10-04"})
  void whenHyStartEndsSlowStartTheFunctionBeginsThere() {
    CongestionTrial trial = new CongestionTrial(Cubic.FACTORY, SMSS, 10, false).segmentsPerAck(1);
    trial.roundTrip(Duration.ofMillis(100)).rounds(4);
    trial.roundTrip(Duration.ofMillis(150));
    while (trial.control().slowStartThreshold() == Integer.MAX_VALUE) {
      trial.round();
    }
    int origin = trial.segments();
    assertThat(trial.thresholdSegments()).isBetween(origin - 200, origin);
    trial.rounds(7);
    // The stage began with K = 0 about a second ago.
    assertThat(trial.segments()).isBetween(origin, origin + 12);
  }

  @Test
  @Requirement({"RFC5681-3.1-05", "RFC5681-3.1-06"})
  void aSmallerSegmentSizeKeepsTheNumberOfSegments() {
    CongestionControl cubic = trial(20).control();
    cubic.onSegmentSize(500);
    assertThat(cubic.cwnd()).isEqualTo(10_000);
    cubic.onSegmentSize(1400);
    assertThat(cubic.cwnd()).isEqualTo(10_000);
    assertThat(cubic.segmentSize()).isEqualTo(1400);
  }

  @Test
  void algorithmsAreFoundByTheirNamesInLinux() {
    assertThat(CongestionControl.named("cubic")).isSameAs(Cubic.FACTORY);
    assertThat(CongestionControl.named("Reno")).isSameAs(NewReno.FACTORY);
    assertThat(CongestionControl.known()).extracting(CongestionControl.Factory::name).containsExactly("cubic", "reno");
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> CongestionControl.named("vegas"))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("vegas").hasMessageContaining("cubic");
  }
}
