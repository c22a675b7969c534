package io.reactorstack.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Acks;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

class NewRenoTest {

  private static final int SMSS = 1000;

  private final CongestionControl reno = NewReno.FACTORY.create(new CongestionControl.Start(SMSS, 10 * SMSS, false, 0));

  private void acknowledge(int times, int bytes) {
    for (int i = 0; i < times; i++) {
      reno.onSent(SMSS, reno.cwnd(), i, 0);
      reno.onAck(Acks.unmeasured(bytes, i, i, 0));
    }
  }

  @Test
  @Requirement({"RFC6928-2-01", "RFC6928-2-02"})
  void initialWindow() {
    assertThat(InitialWindow.of(10, 1460)).isEqualTo(14_600);
    assertThat(InitialWindow.of(10, 536)).isEqualTo(5360);
    assertThat(InitialWindow.of(10, 8960)).isEqualTo(17_920);
    assertThat(InitialWindow.of(3, 1460)).isEqualTo(4380);
  }

  @Test
  @Requirement({"RFC5681-3.1-01", "RFC5681-3.1-09", "RFC5681-3.1-10"})
  void slowStartGrowsByAtMostOneSegmentForAnAck() {
    assertThat(reno.slowStartThreshold()).isEqualTo(Integer.MAX_VALUE);
    acknowledge(1, SMSS);
    assertThat(reno.cwnd()).isEqualTo(11_000);
    acknowledge(1, 10);
    assertThat(reno.cwnd()).isEqualTo(11_010);
    acknowledge(1, 5 * SMSS);
    assertThat(reno.cwnd()).isEqualTo(12_010);
  }

  @Test
  @Requirement("RFC5681-3.1-07")
  void theThresholdIsTheHighestPossibleBeforeTheFirstLoss() {
    assertThat(reno.slowStartThreshold()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  @Requirement({"RFC5681-3.1-11", "RFC5681-3.1-12", "RFC5681-3.1-13"})
  void congestionAvoidanceGrowsByOneSegmentForAWindow() {
    reno.onLoss(20 * SMSS, 0);
    reno.proposeWindow(reno.slowStartThreshold());
    acknowledge(9, SMSS);
    assertThat(reno.cwnd()).isEqualTo(10_000);
    acknowledge(1, SMSS);
    assertThat(reno.cwnd()).isEqualTo(11_000);
  }

  @Test
  @Requirement({"RFC5681-4.3-03", "RFC5681-4.3-04"})
  void afterALossCongestionAvoidanceGovernsTheWindow() {
    reno.onLoss(20 * SMSS, 0);
    reno.proposeWindow(reno.slowStartThreshold());
    acknowledge(1, SMSS);
    assertThat(reno.cwnd()).as("not a segment for each acknowledgement").isLessThan(11_000);
    acknowledge(9, SMSS);
    assertThat(reno.cwnd()).isEqualTo(11_000);
  }

  @Test
  @Requirement({"RFC5681-3.1-14", "RFC5681-3.1-15"})
  void congestionAvoidanceCountsOctetsHoweverTheAcknowledgementsAreDivided() {
    reno.onLoss(20 * SMSS, 0);
    reno.proposeWindow(reno.slowStartThreshold());
    acknowledge(9_999, 1);
    assertThat(reno.cwnd()).isEqualTo(10_000);
    acknowledge(1, 1);
    assertThat(reno.cwnd()).isEqualTo(11_000);
  }

  @Test
  @Requirement("RFC5681-3.1-17")
  void congestionAvoidanceGrowsWhereASegmentSquaredIsLessThanTheWindow() {
    reno.onLoss(4_000_000, 0);
    reno.proposeWindow(reno.slowStartThreshold());
    acknowledge(2000, SMSS);
    assertThat(reno.cwnd()).isEqualTo(2_001_000);
  }

  @Test
  void aWindowThatIsNotFilledDoesNotGrow() {
    for (int i = 0; i < 100; i++) {
      reno.onSent(SMSS, SMSS, i * SMSS, 0);
      reno.onAck(Acks.unmeasured(SMSS, i * SMSS, i * SMSS, 0));
    }
    assertThat(reno.cwnd()).isEqualTo(10_000);
  }

  @Test
  @Requirement({"RFC5681-3.1-18", "RFC5681-3.1-19", "RFC5681-3.1-20"})
  void aLossSetsTheThresholdToHalfOfTheFlightSize() {
    reno.onLoss(6 * SMSS, 0);
    assertThat(reno.slowStartThreshold()).isEqualTo(3 * SMSS);
    reno.onTimeout(SMSS, false, 0);
    assertThat(reno.slowStartThreshold()).isEqualTo(2 * SMSS);
    assertThat(reno.cwnd()).isEqualTo(SMSS);
    reno.onLoss(40 * SMSS, 0);
    reno.onTimeout(SMSS, true, 0);
    assertThat(reno.slowStartThreshold()).isEqualTo(20 * SMSS);
  }

  @Test
  void aSpuriousReductionIsUndoneOnce() {
    reno.onLoss(10 * SMSS, 0);
    reno.proposeWindow(7 * SMSS);
    reno.onSpurious(0);
    assertThat(reno.cwnd()).isEqualTo(10 * SMSS);
    assertThat(reno.slowStartThreshold()).isEqualTo(Integer.MAX_VALUE);
    reno.onTimeout(8 * SMSS, false, 0);
    reno.onTimeout(8 * SMSS, true, 0);
    reno.onSpurious(0);
    assertThat(reno.cwnd()).isEqualTo(10 * SMSS);
    reno.proposeWindow(3 * SMSS);
    reno.onSpurious(0);
    assertThat(reno.cwnd()).isEqualTo(3 * SMSS);
  }

  @Test
  @Requirement({"RFC5681-3.1-05", "RFC5681-3.1-06"})
  void aSmallerSegmentSizeKeepsTheNumberOfSegments() {
    reno.onSegmentSize(500);
    assertThat(reno.cwnd()).isEqualTo(5000);
    assertThat(reno.segmentSize()).isEqualTo(500);
  }

  @Test
  @Requirement({"RFC5681-4.1-01", "RFC6928-2-05"})
  void afterIdleTimeTheWindowIsAtMostTheInitialOne() {
    acknowledge(20, SMSS);
    reno.onIdle();
    assertThat(reno.cwnd()).isEqualTo(10_000);
    reno.proposeWindow(3000);
    reno.onIdle();
    assertThat(reno.cwnd()).isEqualTo(3000);
  }

  @Test
  void theWindowIsNeverLessThanASegmentAndNeverOverflows() {
    reno.proposeWindow(-5);
    assertThat(reno.cwnd()).isEqualTo(SMSS);
    reno.proposeWindow(Integer.MAX_VALUE);
    acknowledge(5, Integer.MAX_VALUE / 2);
    assertThat(reno.cwnd()).isPositive();
  }
}
