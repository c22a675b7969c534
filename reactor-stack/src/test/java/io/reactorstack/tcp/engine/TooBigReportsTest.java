package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Which packet-too-big reports are accepted immediately, which wait, and for what (RFC 5927 section 7.2). */
class TooBigReportsTest {

  private final TooBigReports reports = new TooBigReports();

  /** Sends packets of 1500 bytes with 1460 octets each, from 1000 on, without any acknowledgement. */
  private void send(int packets) {
    for (int i = 0; i < packets; i++) {
      reports.onSent(1500, 1000 + 1460 * i, 1000 + 1460 * (i + 1));
    }
  }

  @Test
  void aReportAboveTheAcknowledgedSizeIsAcceptedAtOnce() {
    send(1);
    assertThat(reports.onReport(1400, 1000, 1000)).isTrue();
  }

  @Test
  void aReportNotExceededByAnyPacketIsIgnored() {
    send(1);
    assertThat(reports.onReport(1500, 1000, 1000)).isFalse();
    assertThat(reports.onReport(1499, 1000, 1000)).isTrue();
  }

  @Test
  void aReportThatContradictsAnAcknowledgementWaitsForATimeout() {
    send(2);
    assertThat(reports.onAcknowledged(2460)).isEqualTo(1500);
    assertThat(reports.onReport(1400, 2460, 2460)).isFalse();
    assertThat(reports.onTimeout(2460)).isEqualTo(1400);
    assertThat(reports.onTimeout(2460)).as("only once").isZero();
  }

  @Test
  void aPacketCountsAsAcknowledgedWithItsLastOctet() {
    send(1);
    assertThat(reports.onAcknowledged(2459)).isZero();
    assertThat(reports.onAcknowledged(2460)).isEqualTo(1500);
  }

  @Test
  void onlyATimeoutOfTheQuotedSegmentConfirmsAReport() {
    send(3);
    reports.onAcknowledged(2460);
    reports.onReport(1400, 3920, 2460);
    assertThat(reports.onTimeout(2460)).isZero();
  }

  @Test
  void anAcknowledgementOfTheQuotedSegmentRefutesAWaitingReport() {
    send(3);
    reports.onAcknowledged(2460);
    reports.onReport(1400, 2460, 2460);
    reports.onAcknowledged(3920);
    assertThat(reports.onTimeout(2460)).isZero();
  }

  @Test
  void anAcknowledgementUpToTheQuotedSegmentDoesNotRefuteTheReport() {
    send(3);
    reports.onAcknowledged(2460);
    reports.onReport(1400, 3920, 2460);
    reports.onAcknowledged(3920);
    assertThat(reports.onTimeout(3920)).isEqualTo(1400);
  }

  @Test
  void aReportAboutATimedOutSegmentIsAcceptedAtOnce() {
    send(2);
    reports.onAcknowledged(2460);
    assertThat(reports.onTimeout(2460)).as("no report yet").isZero();
    assertThat(reports.onReport(1400, 2460, 2460)).isTrue();
    assertThat(reports.onReport(1400, 3000, 2460)).as("about another segment").isFalse();
  }

  @Test
  void anAcknowledgementResetsTheCountOfTimeouts() {
    send(3);
    reports.onAcknowledged(2460);
    reports.onTimeout(2460);
    reports.onAcknowledged(3920);
    assertThat(reports.onReport(1400, 3920, 3920)).isFalse();
  }

  // The acknowledgement of the pieces does not prove that the whole packet got through.
  @Test
  void resendingInPiecesLowersTheProvenSize() {
    send(1);
    reports.onSent(600, 1000, 1560);
    assertThat(reports.onAcknowledged(2460)).isEqualTo(600);
    assertThat(reports.onReport(590, 2460, 2460)).as("contradicts 600").isFalse();
  }

  @Test
  void aSmallPacketOfOtherDataDoesNotDisturbTheLargest() {
    send(1);
    reports.onSent(600, 2460, 3000);
    assertThat(reports.onAcknowledged(3000)).isEqualTo(1500);
    reports.onSent(600, 1000, 1560);
    assertThat(reports.onReport(1400, 3000, 3000)).as("1500 was acknowledged before").isFalse();
  }

  @Test
  void aSmallPacketBeforeTheLargestDoesNotDisturbItEither() {
    reports.onSent(1500, 3000, 4460);
    reports.onSent(600, 2440, 3000);
    assertThat(reports.onAcknowledged(4460)).isEqualTo(1500);
  }

  @Test
  void anotherPacketOfTheSameSizeDoesNotDelayTheProof() {
    send(2);
    assertThat(reports.onAcknowledged(2460)).as("the first of them").isEqualTo(1500);
  }

  @Test
  void aReportOfTheAcknowledgedSizeIsNotAcceptedAtOnce() {
    send(1);
    reports.onAcknowledged(2460);
    reports.onSent(1600, 2460, 4020);
    assertThat(reports.onReport(1500, 2460, 2460)).as("as large as a packet that got through").isFalse();
    assertThat(reports.onReport(1501, 2460, 2460)).isTrue();
  }

  @Test
  void afterAnAcceptedReportOnlySmallerOnesCount() {
    send(1);
    reports.onAcknowledged(2460);
    reports.onReport(1300, 2460, 2460);
    reports.onLowered(1400);
    assertThat(reports.onTimeout(2460)).as("no report waits any more").isZero();
    assertThat(reports.onReport(1400, 2460, 2460)).isFalse();
    assertThat(reports.onAcknowledged(2460)).isEqualTo(1400);
  }
}
