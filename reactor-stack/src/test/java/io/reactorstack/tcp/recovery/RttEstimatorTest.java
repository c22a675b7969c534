package io.reactorstack.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.Requirement;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RttEstimatorTest {

  private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);

  private final RttEstimator rtt = new RttEstimator(1000 * MS, 0, MS, 60_000 * MS);

  @Test
  @Requirement("RFC6298-2-01")
  void beforeTheFirstSampleTheTimeoutIsOneSecond() {
    assertThat(rtt.rto()).isEqualTo(1000 * MS);
  }

  @Test
  @Requirement({"RFC6298-2-03", "RFC6298-2-07"})
  void theFirstSampleSetsAllValues() {
    rtt.onSample(100 * MS, 1);
    assertThat(rtt.srtt()).isEqualTo(100 * MS);
    assertThat(rtt.rttvar()).isEqualTo(50 * MS);
    assertThat(rtt.rto()).isEqualTo(300 * MS);
  }

  @Test
  @Requirement({"RFC6298-2-04", "RFC6298-2-05", "RFC6298-2-06"})
  void laterSamplesUpdateTheVarianceFirst() {
    rtt.onSample(100 * MS, 1);
    rtt.onSample(180 * MS, 1);
    // rttvar = 3/4 * 50 + 1/4 * |100 - 180|, srtt = 7/8 * 100 + 1/8 * 180
    assertThat(rtt.rttvar()).isEqualTo(57_500_000);
    assertThat(rtt.srtt()).isEqualTo(110 * MS);
    assertThat(rtt.rto()).isEqualTo(340 * MS);
  }

  @Test
  @Requirement("RFC6298-4-01")
  void theVarianceTermIsAtLeastTheClocksGranularity() {
    for (int i = 0; i < 200; i++) {
      rtt.onSample(50 * MS, 1);
    }
    assertThat(rtt.rto()).isBetween(51 * MS - 1000, 51 * MS + 1000);
  }

  @Test
  @Requirement({"RFC6298-2-08", "RFC6298-2-09"})
  void theTimeoutIsBounded() {
    RttEstimator bounded = new RttEstimator(1000 * MS, 1000 * MS, MS, 60_000 * MS);
    bounded.onSample(MS, 1);
    assertThat(bounded.rto()).isEqualTo(1000 * MS);
    bounded.onSample(100_000 * MS, 1);
    assertThat(bounded.rto()).isEqualTo(60_000 * MS);
  }

  @Test
  @Requirement({"RFC6298-5-06", "RFC6298-5-09"})
  void backingOffDoublesUntilTheNextSample() {
    rtt.onSample(100 * MS, 1);
    rtt.backOff();
    rtt.backOff();
    assertThat(rtt.rto()).isEqualTo(1200 * MS);
    for (int i = 0; i < 100; i++) {
      rtt.backOff();
    }
    assertThat(rtt.rto()).isEqualTo(60_000 * MS);
    rtt.onSample(100 * MS, 1);
    assertThat(rtt.rto()).isLessThan(300 * MS);
  }

  // RFC 5682, RFC 6069: the timeouts had another cause than congestion.
  @Test
  void undoingTheBackOffRestoresTheFormerTimeout() {
    rtt.onSample(100 * MS, 1);
    rtt.undoBackOff();
    assertThat(rtt.rto()).as("nothing to undo").isEqualTo(300 * MS);
    rtt.backOff();
    rtt.backOff();
    assertThat(rtt.backoffs()).isEqualTo(2);
    rtt.undoBackOff();
    assertThat(rtt.rto()).isEqualTo(300 * MS);
    assertThat(rtt.backoffs()).isZero();
    rtt.onSample(200 * MS, 1);
    long longer = rtt.rto();
    rtt.backOff();
    rtt.undoBackOff();
    assertThat(rtt.rto()).isEqualTo(longer);
  }

  // RFC 6298 (5.7): after a retransmitted SYN the RTO for data is at least three seconds.
  @Test
  void theTimeoutCanBeRaisedButNotAboveItsBound() {
    rtt.onSample(100 * MS, 1);
    rtt.raise(3000 * MS);
    assertThat(rtt.rto()).isEqualTo(3000 * MS);
    rtt.raise(1000 * MS);
    assertThat(rtt.rto()).isEqualTo(3000 * MS);
    rtt.raise(100_000 * MS);
    assertThat(rtt.rto()).isEqualTo(60_000 * MS);
  }

  @Test
  @Requirement("RFC7323-4.2-01")
  void manySamplesPerRoundTripDoNotShortenTheHistory() {
    RttEstimator other = new RttEstimator(1000 * MS, 0, MS, 60_000 * MS);
    rtt.onSample(100 * MS, 1);
    other.onSample(100 * MS, 1);
    rtt.onSample(200 * MS, 1);
    for (int i = 0; i < 10; i++) {
      other.onSample(200 * MS, 10);
    }
    assertThat(other.srtt()).isBetween(rtt.srtt() - 2 * MS, rtt.srtt() + 2 * MS);
  }
}
