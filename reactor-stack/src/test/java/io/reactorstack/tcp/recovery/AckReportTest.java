package io.reactorstack.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The results of acknowledgements of segments of 100 octets, sent at 10, 20, 30 … */
class AckReportTest {

  private final List<SentSegment> passedOn = new ArrayList<>();
  private final AckReport report = new AckReport(passedOn::add);

  /** Returns the {@code n}th segment, 0 for the first. */
  private static SentSegment sent(int n) {
    SentSegment segment = new SentSegment();
    segment.seq = 1000 + 100 * n;
    segment.end = segment.seq + 100;
    segment.firstSentAt = 10 + 10 * n;
    segment.lastSentAt = segment.firstSentAt;
    segment.transmissions = 1;
    return segment;
  }

  private static SentSegment resent(int n, long at) {
    SentSegment segment = sent(n);
    segment.transmissions = 2;
    segment.lastSentAt = at;
    return segment;
  }

  private void begin() {
    begin(AckReport.NO_ECHO);
  }

  private void begin(long echoedAt) {
    report.begin(1000, 2000, 0, echoedAt);
  }

  @Test
  void anAcknowledgementOfNothingNewIsNoAdvance() {
    begin();
    report.acknowledged(1000);
    report.end(0, true, true, true);
    assertThat(report.isAdvance()).isFalse();
    assertThat(report.isDelivery()).isFalse();
    assertThat(report.delivered()).isZero();
    assertThat(report.roundTripStart()).isEqualTo(AckReport.NO_SAMPLE);
    assertThat(report.retransmittedAt()).isEqualTo(AckReport.NO_SAMPLE);
    assertThat(report.isDuplicate()).isTrue();
    assertThat(report.echoesCongestion()).isTrue();
    assertThat(report.isNewDataReady()).isTrue();
  }

  @Test
  void reportsTheNumbersOfAnAdvance() {
    begin();
    report.acknowledged(1200);
    report.end(0, false, false, false);
    assertThat(report.acked()).isEqualTo(200);
    assertThat(report.sndUna()).isEqualTo(1200);
    assertThat(report.sndNxt()).isEqualTo(2000);
    assertThat(report.flightBefore()).isEqualTo(1000);
    assertThat(report.flight()).isEqualTo(800);
    assertThat(report.isDelivery()).isTrue();
  }

  // RFC 9937 6.2: DeliveredData counts sacked octets once, when they are sacked and not again when they are
  // acknowledged.
  @Test
  void deliveredDataCountsEachOctetOnce() {
    report.begin(1000, 2000, 300, AckReport.NO_ECHO);
    report.acknowledged(1400);
    report.end(100, false, false, false);
    assertThat(report.delivered()).isEqualTo(200);
    report.begin(1000, 2000, 300, AckReport.NO_ECHO);
    report.acknowledged(1000);
    report.end(0, false, false, false);
    assertThat(report.delivered()).as("a peer that reneges").isZero();
  }

  // Karn: RFC 6298 section 3.
  @Test
  void theRoundTripIsThatOfTheLastSegmentAcknowledged() {
    begin();
    report.onDelivered(sent(0));
    report.onDelivered(sent(1));
    assertThat(report.roundTripStart()).isEqualTo(20);
    assertThat(passedOn).hasSize(2);
  }

  @Test
  void anAcknowledgementThatCoversARetransmissionGivesNoSample() {
    begin();
    report.onDelivered(sent(0));
    report.onDelivered(resent(1, 55));
    report.onDelivered(resent(2, 50));
    report.onDelivered(sent(3));
    report.acknowledged(1400);
    report.onDelivered(sent(5));
    assertThat(report.roundTripStart()).isEqualTo(AckReport.NO_SAMPLE);
    assertThat(report.retransmittedAt()).as("the earliest of them").isEqualTo(50);
  }

  @Test
  void aSegmentReportedOutOfOrderGivesASampleToo() {
    begin();
    report.acknowledged(1000);
    report.onDelivered(sent(3));
    report.onDelivered(sent(2));
    assertThat(report.roundTripStart()).as("the segment sent last").isEqualTo(40);
    assertThat(report.isSackNews()).isTrue();
    assertThat(report.isDelivery()).isTrue();
  }

  @Test
  void aRetransmissionReportedOutOfOrderGivesNoSample() {
    begin();
    report.acknowledged(1000);
    report.onDelivered(resent(3, 90));
    assertThat(report.roundTripStart()).isEqualTo(AckReport.NO_SAMPLE);
    assertThat(report.retransmittedAt()).isEqualTo(AckReport.NO_SAMPLE);
    assertThat(report.isOriginalDelivered()).isFalse();
  }

  @Test
  void cumulativelyAcknowledgedSegmentsAreNotSackNews() {
    begin();
    report.onDelivered(sent(0));
    report.acknowledged(1100);
    assertThat(report.isSackNews()).isFalse();
    assertThat(report.isOriginalDelivered()).isTrue();
  }

  @Test
  void reportsTheHighestDeliveredEnd() {
    begin();
    report.onDelivered(sent(4));
    report.onDelivered(sent(1));
    assertThat(report.highestDelivered()).isEqualTo(1500);
    begin();
    report.onDelivered(sent(0));
    assertThat(report.highestDelivered()).as("of this acknowledgement").isEqualTo(1100);
  }

  @Test
  void detectsDeliveryOfASegmentSentLater() {
    SentSegment early = sent(0);
    early.transmission = 1;
    SentSegment middle = sent(1);
    middle.transmission = 2;
    SentSegment late = sent(2);
    late.transmission = 3;
    begin();
    assertThat(report.isDeliveredAfter(early)).as("nothing was delivered").isFalse();
    report.onDelivered(middle);
    assertThat(report.isDeliveredAfter(early)).isTrue();
    assertThat(report.isDeliveredAfter(middle)).isFalse();
    report.onDelivered(early);
    assertThat(report.isDeliveredAfter(early)).as("the latest transmission counts").isTrue();
    assertThat(report.isDeliveredAfter(late)).isFalse();
    begin();
    report.onDelivered(early);
    assertThat(report.isDeliveredAfter(early)).as("of this acknowledgement").isFalse();
  }

  // The acknowledgement of a probe of a closed window may come late, so it gives no sample.
  @Test
  void aSegmentThatWasAProbeGivesNoSample() {
    SentSegment probe = sent(0);
    probe.probe = true;
    begin();
    report.onDelivered(probe);
    assertThat(report.isOriginalDelivered()).isTrue();
    assertThat(report.roundTripStart()).isEqualTo(AckReport.NO_SAMPLE);
    SentSegment again = resent(1, 50);
    again.probe = true;
    begin();
    report.onDelivered(again);
    assertThat(report.roundTripStart()).isEqualTo(AckReport.NO_SAMPLE);
    assertThat(report.retransmittedAt()).isEqualTo(AckReport.NO_SAMPLE);
  }

  // RFC 3522: only an echo of a timestamp that was sent shows that the original has arrived.
  @Test
  void anEchoIsOlderThanARetransmissionIfItWasSentBefore() {
    begin(15);
    assertThat(report.echoedAt()).isEqualTo(15);
    report.onDelivered(resent(0, 50));
    assertThat(report.isEchoBefore(50)).isTrue();
    assertThat(report.isEchoBefore(15)).as("not before itself").isFalse();
    begin(9);
    report.onDelivered(resent(0, 50));
    assertThat(report.isEchoBefore(50)).as("from before the segment was sent").isFalse();
    begin(10);
    report.onDelivered(resent(0, 50));
    assertThat(report.isEchoBefore(50)).isTrue();
  }

  @Test
  void eachReportStartsAfresh() {
    begin();
    report.duplicated(500, 600);
    report.onDelivered(resent(0, 50));
    report.acknowledged(1100);
    report.onDelivered(sent(5));
    report.end(0, true, true, true);
    assertThat(report.isDuplicateReport()).isTrue();
    assertThat(report.duplicateLeft()).isEqualTo(500);
    assertThat(report.duplicateRight()).isEqualTo(600);

    begin();
    report.onDelivered(sent(1));
    assertThat(report.isDuplicateReport()).isFalse();
    assertThat(report.isSackNews()).isFalse();
    assertThat(report.isDuplicate()).isFalse();
    assertThat(report.echoesCongestion()).isFalse();
    assertThat(report.isNewDataReady()).isFalse();
    assertThat(report.roundTripStart()).isEqualTo(20);
    assertThat(report.retransmittedAt()).isEqualTo(AckReport.NO_SAMPLE);
  }
}
