package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The retransmission timer (RFC 6298), the user timeout (RFC 9293 section 3.8.3) and the persist timer (section
 * 3.8.6.1).
 */
class RetransmissionTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN;
  private static final Quirks NO_OCTET = Timeline.QUIRKS.withWindowProbeOctet(false);

  private static Timeline established() {
    return Timeline.established(PLAIN.withTimers(timers -> timers.withNoDelay(true)));
  }

  @Test
  @Requirement({"RFC6298-5-02", "RFC6298-5-03", "RFC6298-2-08"})
  void theTimerRunsWhileDataIsInFlight() {
    try (Timeline t = established()) {
      t.idle().write(100).expect("P. 1(100)");
      // The round trip took 100 ms, but the RTO is at least a second.
      assertThat(t.deadlineMillis()).isEqualTo(1100);
      t.at(300).inject(". 1(0) ack 101").idle();
    }
  }

  @Test
  @Requirement({"RFC6298-5-04", "RFC6928-9-01"})
  void anAckOfNewDataRestartsTheTimer() {
    try (Timeline t = established()) {
      t.write(300).write(1460).expect(". 1(1460)", "P. 1461(300)");
      t.at(200).inject(". 1(0) ack 1461").quiet();
      assertThat(t.deadlineMillis()).isEqualTo(1200);
      t.at(1200).expect("P. 1461(300)");
    }
  }

  @Test
  @Requirement({"RFC6298-5-05", "RFC6298-5-07", "RFC9293-3.10.8-02"})
  void expiryResendsTheEarliestSegmentAndDoublesTheTimeout() {
    try (Timeline t = established()) {
      t.write(3000).expect(". 1(1460)", ". 1461(1460)", "P. 2921(80)");
      for (long at : new long[] {1100, 3100, 7100, 15_100, 31_100, 63_100, 127_100}) {
        t.at(at).expect(". 1(1460) ack 1").quiet();
      }
      // RFC 6298 (2.5): an upper limit of at least 60 s.
      t.at(247_100).expect(". 1(1460)").quiet().at(367_100).expect(". 1(1460)").quiet();
    }
  }

  @Test
  @Requirement({"MUST-19", "RFC6298-1-01", "RFC6298-5-01"})
  void noRetransmissionComesBeforeTheBackedOffTimeout() {
    try (Timeline t = established()) {
      t.write(100).expect("P. 1(100)");
      for (long at : new long[] {1100, 3100, 7100, 15_100, 31_100}) {
        t.at(at - 1).quiet().at(at).expect("P. 1(100)").quiet();
      }
    }
  }

  @Test
  @Requirement({"MUST-18", "RFC6298-3-02", "RFC6298-5-09"})
  void aRetransmittedSegmentGivesNoSampleAndKeepsTheBackoff() {
    try (Timeline t = established()) {
      t.write(100).expect("P. 1(100)").at(1100).expect("P. 1(100)").at(1110).inject(". 1(0) ack 101").idle();
      assertThat(t.info().srtt()).isEqualTo(Duration.ofMillis(100));
      t.write(100).expect("P. 101(100)");
      assertThat(t.deadlineMillis()).isEqualTo(3110);
      t.at(1210).inject(". 1(0) ack 201").idle();
      // A valid sample ends the backoff.
      assertThat(t.info().rto()).isEqualTo(Duration.ofSeconds(1));
    }
  }

  @Test
  @Requirement({"RFC7323-4.1-02", "RFC6298-3-01"})
  void aTimestampMeasuresTheRoundTripOfARetransmission() {
    try (Timeline t = Timeline.established(Timeline.settings(65_535, false, true))) {
      t.write(100).expect("P. 1(100) ack 1 <ts 200 1>");
      // An acknowledgement of nothing new gives no sample.
      t.at(500).inject(". 1(0) ack 1 <ts 1 200>");
      assertThat(t.info().srtt()).isEqualTo(Duration.ofMillis(100));
      t.at(1100).expect("P. 1(100) ack 1 <ts 1200 1>");
      t.at(1180).inject(". 1(0) ack 101 <ts 5 1200>").idle();
      assertThat(t.info().srtt()).isLessThan(Duration.ofMillis(100));
      assertThat(t.info().rto()).isEqualTo(Duration.ofSeconds(1));
    }
  }

  @Test
  @Requirement("RFC6298-3-03")
  void everyRoundTripIsMeasured() {
    try (Timeline t = established()) {
      long at = 100;
      int ack = 1;
      for (int rtt = 110; rtt < 200; rtt += 10) {
        Duration before = t.info().srtt();
        t.write(3000).drop();
        t.at(at += rtt).inject(". 1(0) ack " + (ack += 3000));
        assertThat(t.info().srtt()).isGreaterThan(before);
      }
    }
  }

  /** The acknowledgement was lost; the retransmission is a duplicate, whose acknowledgement carries an old echo. */
  @Test
  @Requirement({"RFC6298-3-01", "RFC6298-5-09"})
  void anEchoOfTheFirstTransmissionGivesNoSampleOfTheSecond() {
    TcpSettings settings = Timeline.settings(65_535, false, true)
        .withTimers(timers -> timers.withMinRto(Duration.ofMillis(200)))
        .withRecovery(recovery -> recovery.withForwardRto(false));
    try (Timeline t = Timeline.active(settings)) {
      t.drop();
      t.at(20).inject("S. 0(0) ack 1 win 65535 <mss 1460, ts 1 100>").drop();
      for (int i = 0; i < 30; i++) {
        int seq = 1 + 200 * i;
        long sent = 100 + t.nowMillis();
        t.write(100).expect("P. " + seq + "(100)").jump().expect("P. " + seq + "(100)");
        t.jump().expect("P. " + seq + "(100)");
        t.after(20).inject(". 1(0) ack " + (seq + 100) + " <ts 2 " + sent + ">");
        assertThat(t.info().srtt()).isLessThan(Duration.ofMillis(25));
        t.write(100).expect("P. " + (seq + 100) + "(100)");
        t.after(20).inject(". 1(0) ack " + (seq + 200) + " <ts 2 " + (80 + t.nowMillis()) + ">");
        // The first sample ends the backoff.
        assertThat(t.info().rto()).isEqualTo(Duration.ofMillis(200));
        assertThat(t.info().timing().timeouts().backoff()).isZero();
      }
    }
  }

  @Test
  @Requirement("RFC6298-2-07")
  void theVarianceTermHasALowerLimit() {
    TcpSettings settings = PLAIN
        .withTimers(timers -> timers.withMinRto(Duration.ofMillis(200)).withNoDelay(true));
    try (Timeline t = Timeline.established(settings, Quirks.NONE)) {
      for (int i = 0; i < 60; i++) {
        t.write(100).drop();
        t.after(100).inject(". 1(0) ack " + (101 + 100 * i));
      }
      assertThat(t.info().rto().toMillis()).isBetween(299L, 301L);
    }
  }

  @Test
  void anEchoThatWasNeverSentGivesNoSample() {
    try (Timeline t = Timeline.established(Timeline.settings(65_535, false, true))) {
      t.write(100).expect("P. 1(100)").at(1100).expect("P. 1(100)");
      t.at(1180).inject(". 1(0) ack 101 <ts 5 4000000000>");
      assertThat(t.info().srtt()).isEqualTo(Duration.ofMillis(100));
    }
  }

  @Test
  @Requirement({"RFC5681-3.1-18", "RFC5681-3.1-20", "RFC5681-3.1-22"})
  void afterATimeoutSlowStartResendsOnlyUnacknowledgedSegments() {
    try (Timeline t = established()) {
      t.write(14_600);
      assertThat(t.drop()).isEqualTo(10);
      t.at(1100).expect(". 1(1460)").quiet();
      assertThat(t.info().ssthresh()).isEqualTo(7300);
      assertThat(t.info().cwnd()).isEqualTo(1460);
      t.at(3100).expect(". 1(1460)").quiet();
      assertThat(t.info().ssthresh()).isEqualTo(7300);
      // The peer had received the second and third segment.
      t.at(3200).inject(". 1(0) ack 4381").expect(". 4381(1460)", ". 5841(1460)").quiet();
      t.at(3300).inject(". 1(0) ack 14601").idle();
      assertThat(t.info().retransmissions()).isEqualTo(4);
    }
  }

  @Test
  @Requirement({"MUST-20.2", "MUST-21", "SHLD-11"})
  void theConnectionIsGivenUpAfterTheUserTimeout() {
    TcpSettings settings = withUserTimeout(Duration.ofSeconds(100));
    try (Timeline t = Timeline.established(settings)) {
      t.write(100).expect("P. 1(100)").inject("P. 1(5) ack 1");
      int retransmissions = 0;
      while (t.engine().state() == TcpState.ESTABLISHED) {
        t.jump();
        retransmissions += t.drop();
      }
      assertThat(retransmissions).isEqualTo(7);
      t.closed(CloseCause.RETRANSMISSION_TIMEOUT).quiet().read(5);
      assertThat(t.nowMillis()).isEqualTo(100_100);
    }
    try (Timeline t = Timeline.established(withUserTimeout(Duration.ZERO))) {
      t.write(100).expect("P. 1(100)");
      for (int i = 0; i < 1000; i++) {
        t.jump().drop();
      }
      t.state(TcpState.ESTABLISHED);
    }
  }

  private static TcpSettings withUserTimeout(Duration timeout) {
    return PLAIN.withWire(wire -> wire.withTimestamps(false).withWindowScaling(false))
        .withTimers(timers -> timers.withNoDelay(true)).withClosing(closing -> closing.withUserTimeout(timeout));
  }

  @Test
  void timeoutsAreCountedUntilSomethingNewIsAcknowledged() {
    try (Timeline t = established()) {
      t.write(100).drop();
      for (int i = 1; i <= 3; i++) {
        t.jump().drop();
        assertThat(t.engine().consecutiveTimeouts()).isEqualTo(i);
      }
      t.inject(". 1(0) ack 101");
      assertThat(t.engine().consecutiveTimeouts()).isZero();
    }
  }

  @Test
  @Requirement({"RFC5681-4.1-01", "RFC6928-2-05"})
  void afterAnIdleTimeTheWindowIsTheInitialWindow() {
    try (Timeline t = established()) {
      long at = 100;
      for (int i = 0; i < 6; i++) {
        t.write(50_000);
        while (t.info().bytesInFlight() > 0 || t.drop() > 0) {
          t.drop();
          t.at(at += 10).inject(". 1(0) ack " + (1 + t.info().bytesSent()));
        }
      }
      assertThat(t.info().cwnd()).isGreaterThan(14_600);
      t.after(1500).write(50_000);
      assertThat(t.drop()).isEqualTo(10);
      assertThat(t.info().cwnd()).isEqualTo(14_600);
    }
  }

  @Test
  @Requirement({"MUST-36", "MUST-37", "SHLD-30"})
  void aClosedWindowIsProbedWithOneOctetAtGrowingIntervals() {
    try (Timeline t = Timeline.established(withUserTimeout(Duration.ofSeconds(100)))) {
      t.inject(". 1(0) ack 1 win 0").write(1000).quiet();
      long[] times = {1100, 3100, 7100, 15_100, 31_100, 63_100, 127_100, 247_100, 367_100, 487_100};
      for (long at : times) {
        t.at(at).expect(". 1(1) ack 1").quiet().inject(". 1(0) ack 1 win 0").quiet();
      }
      t.state(TcpState.ESTABLISHED);
      // The window opens: everything is sent immediately, including the octet of the probes.
      t.after(10).inject(". 1(0) ack 1 win 5000").expect(". 1(1)", "P. 2(999)").quiet();
      t.after(10).inject(". 1(0) ack 1001 win 5000").idle();
    }
  }

  @Test
  @Requirement("SHLD-30")
  void theIntervalOfTheProbesCountsFromTheLastProbe() {
    try (Timeline t = established()) {
      t.inject(". 1(0) ack 1 win 0").write(1000).at(1100).expect(". 1(1)");
      t.at(1300).inject(". 1(0) ack 1 win 0").at(3099).quiet().at(3100).expect(". 1(1)");
      t.at(7099).quiet().at(7100).expect(". 1(1)").quiet();
    }
  }

  @Test
  @Requirement({"MUST-36", "SHLD-29", "SHLD-30"})
  void frequentAcknowledgementsDoNotPostponeTheProbes() {
    try (Timeline t = Timeline.established(withUserTimeout(Duration.ofSeconds(100)))) {
      t.inject(". 1(0) ack 1 win 0").write(1000);
      List<Long> probes = new ArrayList<>();
      for (long at = 600; at < 400_000; at += 500) {
        t.at(at);
        if (t.drop() > 0) {
          probes.add(at);
        }
        t.inject(". 1(0) ack 1 win 0").quiet();
      }
      assertThat(probes).containsExactly(1100L, 3100L, 7100L, 15_100L, 31_100L, 63_100L, 127_100L, 247_100L, 367_100L);
    }
  }

  @Test
  void aClosedWindowMayBeProbedWithoutData() {
    try (Timeline t = Timeline.established(Timeline.PLAIN, NO_OCTET)) {
      t.inject(". 1(0) ack 1 win 0").write(2000).at(1100).expect(". 0(0) ack 1").quiet();
      t.inject(". 1(0) ack 1 win 0").at(3100).expect(". 0(0) ack 1").quiet();
      // No octet has left the queue: all of it is sent in full segments.
      t.after(10).inject(". 1(0) ack 1 win 5000").expect(". 1(1460)", "P. 1461(540)").quiet();
      t.after(10).inject(". 1(0) ack 2001 win 5000").idle();
    }
    try (Timeline t = Timeline.established(Timeline.PLAIN, NO_OCTET)) {
      t.inject(". 1(0) ack 1 win 0").shutdownOutput().quiet().jump().expect(". 0(0) ack 1");
      t.inject(". 1(0) ack 1 win 5000").expect("F. 1(0) ack 1").inject(". 1(0) ack 2 win 5000").idle();
    }
    try (Timeline t = Timeline.established(
        Timeline.PLAIN.withClosing(closing -> closing.withUserTimeout(Duration.ofSeconds(10))), NO_OCTET)) {
      t.inject(". 1(0) ack 1 win 0").write(1000).at(1100).expect(". 0(0) ack 1").at(3100).expect(". 0(0) ack 1");
      t.at(7100).expect(". 0(0) ack 1").at(11_099).state(TcpState.ESTABLISHED).at(11_100);
      t.closed(CloseCause.RETRANSMISSION_TIMEOUT);
    }
  }

  @Test
  void unansweredProbesEndTheConnection() {
    try (Timeline t = Timeline.established(withUserTimeout(Duration.ofSeconds(100)))) {
      t.inject(". 1(0) ack 1 win 0").write(1000);
      while (t.engine().state() == TcpState.ESTABLISHED) {
        t.jump().drop();
      }
      // The connection ends 100 s after the first probe.
      t.closed(CloseCause.RETRANSMISSION_TIMEOUT);
      assertThat(t.nowMillis()).isEqualTo(101_100);
    }
  }

  @Test
  void anAcceptedProbeAdvancesTheStream() {
    try (Timeline t = established()) {
      t.inject(". 1(0) ack 1 win 0").write(1000).jump().expect(". 1(1)");
      t.inject(". 1(0) ack 2 win 0").jump().expect(". 2(1)").inject(". 1(0) ack 3 win 2000").expect("P. 3(998)");
    }
  }

  @Test
  void aFinIsProbedIntoAClosedWindowToo() {
    try (Timeline t = established()) {
      t.inject(". 1(0) ack 1 win 0").shutdownOutput().quiet().jump().expect("F. 1(0) ack 1");
      t.inject(". 1(0) ack 2 win 0").state(TcpState.FIN_WAIT_2).idle();
    }
  }

  @Test
  @Requirement({"MUST-35", "MUST-34"})
  void aWindowShrunkToZeroIsProbed() {
    try (Timeline t = established()) {
      t.write(2920).expect(". 1(1460)", "P. 1461(1460)").at(200).inject(". 1(0) ack 1461 win 0").quiet();
      t.jump().expect(". 1461(1) ack 1").inject(". 1(0) ack 1461 win 0").jump().expect(". 1461(1) ack 1");
      t.inject(". 1(0) ack 1461 win 9000").expect("P. 1461(1460)").quiet();
    }
  }

  @Test
  @Requirement("SHLD-17")
  void dataBeyondAShrunkWindowDoesNotEndTheConnection() {
    try (Timeline t = Timeline.established(withUserTimeout(Duration.ofSeconds(100)))) {
      t.write(2920).drop();
      t.inject(". 1(0) ack 1461 win 10");
      for (int i = 0; i < 30; i++) {
        t.jump().drop();
        t.inject(". 1(0) ack 1461 win 10");
      }
      t.state(TcpState.ESTABLISHED);
      assertThat(t.nowMillis()).isGreaterThan(200_000);
    }
  }

  @Test
  void theTimerKeepsRunningWhileTheDeviceAcceptsNothing() {
    try (Timeline t = established()) {
      t.write(100).expect("P. 1(100)").at(1100);
      // The segment is due but cannot leave yet.
      assertThat(t.deadlineMillis()).isEqualTo(3100);
      t.expect("P. 1(100)");
    }
    TcpSettings sack = PLAIN.withWire(wire -> wire.withSelectiveAcknowledgment(true))
        .withTimers(timers -> timers.withNoDelay(true));
    try (Timeline t = Timeline.established(sack)) {
      t.write(4380).drop();
      t.at(200).inject(". 1(0) ack 1 <sack 1461:2921>").quiet();
      // The reordering window is a quarter of the round trip.
      assertThat(t.deadlineMillis()).isEqualTo(225);
      t.at(225);
      assertThat(t.deadlineMillis()).isEqualTo(1225);
      t.expect(". 1(1460)");
    }
  }

  @Test
  @Requirement("RFC6298-2-06")
  void aRoundTripOfZeroIsASample() {
    try (Timeline t = established()) {
      t.write(100).expect("P. 1(100)").inject(". 1(0) ack 101");
      // Seven eighths of 100 ms.
      assertThat(t.info().timing().roundTrip().rtt().toNanos()).isBetween(87_500_000L, 87_500_001L);
    }
  }
}
