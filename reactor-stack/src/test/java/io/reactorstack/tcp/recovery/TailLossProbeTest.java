package io.reactorstack.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The conditions of a tail loss probe, and the meaning of its acknowledgement (RFC 8985 section 7). */
class TailLossProbeTest {

  private static final int END = 5000;

  private final TailLossProbe probe = new TailLossProbe();
  private final RttEstimator rtt = new RttEstimator(millis(1000), millis(200), millis(1), millis(60_000));

  private static long millis(long n) {
    return Duration.ofMillis(n).toNanos();
  }

  /** Returns the report of an acknowledgement of nothing new. */
  private static AckReport report(boolean duplicate) {
    AckReport report = new AckReport();
    report.begin(4000, END, 0, AckReport.NO_ECHO);
    report.end(0, duplicate, false, false);
    return report;
  }

  private static AckReport reportOfDuplicate(int left, int right) {
    AckReport report = report(true);
    report.duplicated(left, right);
    return report;
  }

  // 7.2: PTO = 2 * SRTT, or one second without a sample, plus the delay of an acknowledgement if one segment is in
  // flight.
  @Test
  void theProbeTimeoutIsTwoRoundTrips() {
    assertThat(probe.timeout(rtt, false)).isEqualTo(millis(1000));
    assertThat(probe.timeout(rtt, true)).isEqualTo(millis(1000));
    rtt.onSample(millis(50), 1);
    assertThat(probe.timeout(rtt, false)).isEqualTo(millis(100));
    assertThat(probe.timeout(rtt, true)).isEqualTo(millis(300));
  }

  // 7.3: one probe at a time, and a round-trip sample between two.
  @Test
  void theNextProbeWaitsForAnAckAndASample() {
    assertThat(probe.isAllowed()).isTrue();
    probe.onSent(END, false);
    assertThat(probe.isAllowed()).isFalse();
    probe.onAck(report(false), END, true);
    assertThat(probe.isAllowed()).as("no sample since").isFalse();
    probe.onSample();
    assertThat(probe.isAllowed()).isTrue();
    assertThat(probe.probes()).isEqualTo(1);
  }

  @Test
  void aSampleAloneDoesNotAllowTheNextProbe() {
    probe.onSent(END, true);
    probe.onSample();
    assertThat(probe.isAllowed()).isFalse();
    probe.abandon();
    assertThat(probe.isAllowed()).isTrue();
  }

  @Test
  void withoutAProbeAnAckIsIgnored() {
    assertThat(probe.onAck(report(false), END + 1000, true)).isFalse();
  }

  // 7.4.2: the probe carried new data, so it repaired nothing.
  @Test
  void aProbeOfNewDataRepairsNothing() {
    probe.onSent(END, false);
    assertThat(probe.onAck(report(false), END + 1000, true)).isFalse();
    probe.onSample();
    assertThat(probe.isAllowed()).isTrue();
  }

  @Test
  void anAckBelowTheProbeIsIgnored() {
    probe.onSent(END, true);
    assertThat(probe.onAck(report(false), END - 1, true)).isFalse();
    assertThat(probe.onAck(report(false), END + 1, true)).as("an ack above the probe").isTrue();
  }

  // 7.4.2: the original and the probe have both arrived.
  @Test
  void aDuplicateReportOfTheProbeMeansNoLoss() {
    probe.onSent(END, true);
    assertThat(probe.onAck(reportOfDuplicate(4000, END), END, true)).isFalse();
    assertThat(probe.onAck(report(false), END + 1000, true)).as("the probe is no longer outstanding").isFalse();
  }

  @Test
  void aDuplicateReportOfOtherDataIsIgnored() {
    probe.onSent(END, true);
    assertThat(probe.onAck(reportOfDuplicate(3000, 4000), END, true)).isFalse();
    assertThat(probe.onAck(report(false), END + 1, true)).isTrue();
  }

  // 7.4.2: an acknowledgement beyond the probe without such a report: the original was lost, and the probe repaired it.
  @Test
  void anAckBeyondTheProbeWithoutADuplicateReportMeansALoss() {
    probe.onSent(END, true);
    assertThat(probe.onAck(report(false), END, true)).as("may be of the original or the probe").isFalse();
    assertThat(probe.onAck(report(false), END + 1, true)).isTrue();
    assertThat(probe.onAck(report(false), END + 2, true)).as("reported only once").isFalse();
  }

  @Test
  void withoutSackADuplicateAckCountsAsDuplicateReport() {
    probe.onSent(END, true);
    assertThat(probe.onAck(report(true), END, false)).isFalse();
    assertThat(probe.onAck(report(false), END + 1, false)).as("the probe is no longer outstanding").isFalse();
  }

  @Test
  void withSackADuplicateAckIsNoDuplicateReport() {
    probe.onSent(END, true);
    assertThat(probe.onAck(report(true), END, true)).isFalse();
    assertThat(probe.onAck(report(false), END + 1, true)).isTrue();
  }
}
