package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.congestion.CongestionState;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Detection of losses by time and the tail loss probe (RFC 8985), with proportional rate reduction (RFC 9937). */
class RackTest {

  private static final TcpSettings SETTINGS = Timeline.PLAIN
      .withWire(wire -> wire.withSelectiveAcknowledgment(true))
      .withTimers(timers -> timers.withNoDelay(true))
      .withRecovery(recovery -> recovery.withTailLossProbe(false).withForwardRto(false));

  private static Timeline established(TcpSettings settings) {
    return Timeline.established(settings, "mss 1000, sackOK");
  }

  /**
   * Ten segments of 1000 octets, of 50000, in flight since 100 ms and sent 1 ms after each other. The round trip takes
   * 100 ms.
   */
  private static Timeline tenInFlight(TcpSettings settings) {
    Timeline t = established(settings);
    for (int i = 0; i < 9; i++) {
      t.write(1000).expect("P. " + (1 + 1000 * i) + "(1000)").after(1);
    }
    t.write(41_000).expect(". 9001(1000)");
    t.drop();
    return t;
  }

  private static Timeline tenInFlight() {
    return tenInFlight(SETTINGS);
  }

  private static String sack(String... blocks) {
    return ". 1(0) ack 1 <sack " + String.join(" ", blocks) + ">";
  }

  @Test
  @Requirement({"RFC8985-6.2-03", "RFC8985-3.3.2-01", "RFC8985-4-02"})
  void threeSackedSegmentsMarkEarlierOnesLostAtOnce() {
    try (Timeline t = tenInFlight()) {
      t.at(201).inject(sack("1001:2001")).drop();
      t.at(202).inject(sack("1001:3001")).drop();
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.DISORDER);
      t.at(203).inject(sack("1001:4001")).expect("P. 1(1000)").quiet();
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.RECOVERY);
      // In recovery the reordering window is 0: every hole below delivered data is lost immediately.
      t.at(205).inject(sack("5001:6001", "1001:4001"));
      assertThat(t.info().flight().lost()).isEqualTo(2);
    }
  }

  @Test
  @Requirement({"RFC8985-6.2-09", "RFC8985-4-03", "RFC8985-6.2-07"})
  void withFewerThanThreeSackedTheReorderingWindowIsAQuarterRoundTrip() {
    try (Timeline t = tenInFlight()) {
      // Segment 1 was sent at 100, 1001 at 101 and delivered at 201: RACK.rtt is 100, min_RTT / 4 is 25.
      t.at(201).inject(sack("1001:2001")).drop();
      assertThat(t.deadlineMillis()).isEqualTo(225);
      t.at(224).quiet().at(225).expect("P. 1(1000)");
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.RECOVERY);
      assertThat(t.info().ssthresh()).isEqualTo(5000);
      // After the reordering timer the retransmission timer runs.
      assertThat(t.deadlineMillis()).isEqualTo(1225);
    }
  }

  @Test
  @Requirement({"RFC8985-3.3.2-02", "RFC8985-6.2-08"})
  void aSegmentThatArrivesWithinTheReorderingWindowIsNotLost() {
    try (Timeline t = tenInFlight()) {
      t.at(201).inject(sack("1001:2001")).drop();
      t.at(220).inject(". 1(0) ack 2001").drop();
      t.at(260).quiet();
      assertThat(t.info().retransmissions()).isZero();
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.OPEN);
    }
  }

  @Test
  @Requirement("RFC8985-1-01")
  void timeAndNotTheCountOfDuplicatesDecidesOnLoss() {
    try (Timeline t = tenInFlight()) {
      t.at(201).inject(sack("1001:2001")).drop();
      // Segment 1 arrives after 1001, so it was reordered.
      t.at(203).inject(". 1(0) ack 2001").drop();
      t.at(206).inject(". 1(0) ack 2001 <sack 3001:6001>");
      assertThat(t.info().retransmissions()).isZero();
      t.drop();
      t.jump().expect("P. 2001(1000)");
    }
  }

  @Test
  @Requirement({"RFC8985-6.2-04", "RFC8985-6.2-05", "RFC8985-9.2-01"})
  void afterReorderingThreeDuplicatesDoNotMeanALoss() {
    try (Timeline t = tenInFlight()) {
      t.at(201).inject(sack("1001:2001")).drop();
      // Segment 1 arrives after 1001, so it was reordered.
      t.at(203).inject(". 1(0) ack 2001").drop();
      assertThat(t.info().flight().reordSeen()).isEqualTo(1);
      assertThat(t.info().flight().reordering()).isEqualTo(3);
      t.at(206).inject(". 1(0) ack 2001 <sack 3001:6001>");
      assertThat(t.info().retransmissions()).isZero();
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.DISORDER);
      t.drop();
      // Segment 2001 was sent at 102; RACK.rtt is 101, from 5001 (105 to 206): 102 + 101 + 25.
      assertThat(t.deadlineMillis()).isBetween(227L, 229L);
      t.jump().expect("P. 2001(1000)");
    }
  }

  @Test
  @Requirement("RFC8985-6.2-02")
  void anAmbiguousAckOfARetransmissionIsIgnored() {
    // Without timestamps: the acknowledgement arrives sooner than any round trip.
    try (Timeline t = tenInFlight()) {
      t.at(203).inject(sack("1001:4001")).expect("P. 1(1000)").drop();
      t.at(205).inject(". 1(0) ack 4001").drop();
      // If it counted, everything sent before 203 would be lost.
      assertThat(t.info().flight().lost()).isZero();
    }
    // With timestamps: the echo is older than the retransmission.
    try (Timeline t = Timeline.established(SETTINGS.withWire(wire -> wire.withTimestamps(true)),
        "mss 1012, sackOK, ts 1 100")) {
      t.write(50_000);
      assertThat(t.drop()).isEqualTo(10);
      t.at(300).inject(". 1(0) ack 1 <sack 1001:4001, ts 2 200>").expect(". 1(1000)").drop();
      t.at(450).inject(". 1(0) ack 4001 <ts 3 200>");
      assertThat(t.info().flight().lost()).isZero();
    }
  }

  @Test
  @Requirement("RFC8985-6.1-01")
  void aLostRetransmissionIsDetected() {
    try (Timeline t = tenInFlight()) {
      t.at(203).inject(sack("1001:4001")).expect("P. 1(1000)").drop();
      t.at(204).inject(sack("1001:8001")).expect(". 10001(1000)").drop();
      // New data that was sent after the retransmission has arrived.
      t.at(303).inject(sack("1001:8001", "10001:11001")).expect("P. 1(1000)");
    }
  }

  @Test
  @Requirement({"RFC8985-3.3.2-03", "RFC8985-4-04", "RFC8985-3.3.2-05"})
  void eachRoundTripWithADuplicateWidensTheWindowUpToTheRoundTripTime() {
    try (Timeline t = tenInFlight()) {
      t.at(201).inject(". 1(0) ack 2001 <sack 1:1001>").drop();
      // Two D-SACKs within a round trip count once: 2 * min_RTT / 4.
      t.inject(". 1(0) ack 2001 <sack 1:1001>").drop();
      t.at(203).inject(". 1(0) ack 2001 <sack 3001:4001>").drop();
      // Segment 2001 was sent at 102; 3001 took 100.
      assertThat(t.deadlineMillis()).isEqualTo(102 + 100 + 50);
      t.at(252).expect("P. 2001(1000)").write(900_000).drop();
      long until = 252;
      for (int round = 0; round < 6; round++) {
        t.at(until += 100);
        long una = 1 + t.info().bytesSent();
        t.inject(". 1(0) ack " + una + " <sack " + (una - 1000) + ":" + una + ">").drop();
      }
      long una = 1 + t.info().bytesAcknowledged();
      t.at(until + 100).inject(". 1(0) ack " + una + " <sack " + (una + 1000) + ":" + (una + 2000) + ">").drop();
      // The window is not 8 / 4 of the minimum, but SRTT.
      assertThat(t.deadlineMillis() - t.nowMillis()).isBetween(95L, 105L);
    }
  }

  @Test
  @Requirement({"RFC8985-6.2-06", "RFC8985-3.3.2-04"})
  void sixteenRecoveriesWithoutADuplicateResetTheReorderingWindow() {
    for (int recoveries : new int[] {15, 16}) {
      try (Timeline t = established(SETTINGS)) {
        t.write(10_000).drop();
        t.at(201).inject(". 1(0) ack 2001 <sack 1:1001>").drop();
        t.at(210).inject(". 1(0) ack 10001").drop();
        int una = 10_001;
        for (int i = 0; i < recoveries; i++) {
          while (t.info().cwnd() < 6000) {
            una = full(t, una);
          }
          t.write(5000).drop();
          t.after(100).inject(". 1(0) ack " + una + " <sack " + (una + 1000) + ":" + (una + 4000) + ">").drop();
          assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.RECOVERY);
          t.after(100).inject(". 1(0) ack " + (una += 5000)).drop();
          assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.OPEN);
        }
        t.write(2000).drop();
        t.after(100).inject(". 1(0) ack " + una + " <sack " + (una + 1000) + ":" + (una + 2000) + ">").drop();
        assertThat(t.deadlineMillis() - t.nowMillis()).isEqualTo(recoveries < 16 ? 50 : 25);
      }
    }
  }

  /** Sends a full window that arrives; returns the new SND.UNA. */
  private static int full(Timeline t, int una) {
    int bytes = t.info().cwnd() / 1000 * 1000;
    t.write(bytes).drop();
    t.after(100).inject(". 1(0) ack " + (una + bytes)).drop();
    return una + bytes;
  }

  @Test
  @Requirement("RFC8985-6.2-10")
  void aTimeoutMarksOnlyOverdueSegmentsLost() {
    try (Timeline t = established(SETTINGS)) {
      t.write(2000).expect(". 1(1000)", "P. 1001(1000)");
      t.at(1050).write(1000).expect("P. 2001(1000)");
      t.at(1100).expect(". 1(1000)").quiet();
      assertThat(t.info().flight().lost()).isEqualTo(3);
    }
    try (Timeline t = established(SETTINGS)) {
      t.write(1000).expect("P. 1(1000)").at(200).inject(". 1(0) ack 1001");
      t.write(2000).expect(". 1001(1000)", "P. 2001(1000)");
      t.at(1190).write(1000).expect("P. 3001(1000)");
      // 3001 was sent 10 ms ago; it still has its 100 ms.
      t.at(1200).expect(". 1001(1000)").quiet();
      assertThat(t.info().flight().lost()).isEqualTo(2);
    }
  }

  @Test
  @Requirement({"RFC8985-4-01"})
  void withoutSackThereIsNeitherRackNorAProbe() {
    try (Timeline t = Timeline.established(SETTINGS.withRecovery(recovery -> recovery.withTailLossProbe(true)),
        "mss 1000")) {
      t.write(10_000);
      t.drop();
      t.inject(". 1(0) ack 1 <sack 1001:9001>").quiet();
      assertThat(t.info().flight().sacked()).isZero();
      assertThat(t.deadlineMillis()).isEqualTo(1100);
    }
  }

  @Test
  @Requirement("RFC8985-6.2-01")
  void theMinimumRoundTripIsForgottenAfterMinutes() {
    try (Timeline t = established(SETTINGS)) {
      t.write(1000).drop();
      t.after(10).inject(". 1(0) ack 1001");
      assertThat(t.info().timing().roundTrip().minrtt().toMillis()).isEqualTo(10);
      long ack = 1001;
      for (int i = 0; i < 400; i++) {
        t.after(900).write(1000).drop();
        t.after(100).inject(". 1(0) ack " + (ack += 1000));
      }
      assertThat(t.info().timing().roundTrip().minrtt().toMillis()).isEqualTo(100);
    }
  }

  // ---- PRR and a burst of losses

  @Test
  @Requirement({"RFC8985-9.3-01", "RFC8985-9.3-02", "RFC9937-5-03"})
  void aBurstOfTwentyLossesInOneWindowIsRepairedWithoutATimeout() {
    TcpSettings settings = SETTINGS.withCongestion(congestion -> congestion.withInitialWindowSegments(40))
        .withRecovery(recovery -> recovery.withTailLossProbe(true));
    try (Timeline t = established(settings)) {
      t.write(60_000);
      assertThat(t.drop()).isEqualTo(40);
      // 1 to 20000 are lost.
      t.at(200);
      int limit = 0;
      for (int right = 21_001; right <= 40_001; right += 1000) {
        t.inject(sack("20001:" + right));
        int sent = t.drop();
        // No burst, although twenty segments are marked as lost together.
        assertThat(sent).isLessThanOrEqualTo(right < 23_002 ? 2 : 1);
        limit += sent;
      }
      assertThat(limit).isBetween(15, 20);
      assertThat(t.info().ssthresh()).isEqualTo(20_000);
      // The remaining segments are sent as the retransmissions are acknowledged.
      long at = 200;
      for (int rounds = 0; t.info().flight().lost() > 0 && rounds < 10; rounds++) {
        at += 100;
        t.at(at);
        int before = t.info().flight().retrans();
        int una = 1 + (int) t.info().bytesAcknowledged();
        assertThat(before).as("retransmissions in flight in round %d", rounds).isPositive();
        for (int i = 1; i <= before; i++) {
          int ack = una + 1000 * i;
          String text = ack > 20_000 ? ". 1(0) ack 42001" : ". 1(0) ack " + ack + " <sack 20001:42001>";
          t.inject(text);
          t.drop();
        }
      }
      assertThat(t.info().flight().lost()).isZero();
      assertThat(t.info().timing().retransmits()).isZero();
      assertThat(t.info().retransmissions()).isEqualTo(20);
      assertThat(t.info().cwnd()).isBetween(19_000, 22_000);
      assertThat(at).isLessThanOrEqualTo(500);
    }
  }

  @Test
  @Requirement({"RFC9937-3-02", "RFC9937-6.2-05"})
  void inRecoveryTheFlightDoesNotExceedTheWindow() {
    TcpSettings settings = SETTINGS.withCongestion(congestion -> congestion.withInitialWindowSegments(40))
        .withRecovery(recovery -> recovery.withTailLossProbe(true));
    try (Timeline t = established(settings)) {
      t.write(60_000);
      assertThat(t.drop()).isEqualTo(40);
      // 1 to 20000 are lost.
      t.at(200);
      for (int right = 21_001; right <= 40_001; right += 1000) {
        t.inject(sack("20001:" + right));
        t.drop();
        var flight = t.info().flight();
        int inflight = 1000 * (flight.unacked() - flight.sacked() - flight.lost() + flight.retrans());
        assertThat(inflight).as("after %d", right).isPositive().isLessThanOrEqualTo(t.info().cwnd());
      }
    }
  }

  @Test
  @Requirement("RFC9937-6.2-07")
  void aSafeAckAllowsOneMoreSegment() {
    TcpSettings settings = SETTINGS.withCongestion(congestion -> congestion.withInitialWindowSegments(40))
        .withRecovery(recovery -> recovery.withTailLossProbe(true));
    try (Timeline t = established(settings)) {
      t.write(60_000);
      assertThat(t.drop()).isEqualTo(40);
      // 1 to 30000 are lost: much less is in flight than ssthresh allows.
      t.at(200);
      for (int right = 31_001; right <= 40_001; right += 1000) {
        t.inject(sack("30001:" + right));
        int sent = t.drop();
        if (right > 33_001) {
          assertThat(sent).as("reported up to %d, not acknowledged", right).isOne();
        }
      }
      // The data of limited transmit arrives too, so nothing sent before the first retransmission is outstanding.
      t.at(300).inject(sack("30001:42001")).drop();
      t.inject(". 1(0) ack 1001 <sack 30001:42001>");
      assertThat(t.drop()).as("acknowledged").isEqualTo(2);
    }
  }

  @Test
  @Requirement("RFC9937-6.2-08")
  void anAckThatDeliversNothingChangesNothing() {
    try (Timeline t = tenInFlight()) {
      t.at(203).inject(sack("1001:4001")).drop();
      int cwnd = t.info().cwnd();
      for (int i = 0; i < 20; i++) {
        t.inject(sack("1001:4001")).quiet();
      }
      assertThat(t.info().cwnd()).isEqualTo(cwnd);
    }
  }

  // ---- tail loss probe

  private static final TcpSettings PROBING = SETTINGS.withRecovery(recovery -> recovery.withTailLossProbe(true));

  @Test
  @Requirement({"RFC8985-7.2-05", "RFC8985-7.3-04", "RFC8985-8-01"})
  void theLastSegmentIsSentAgainAfterTwoRoundTrips() {
    try (Timeline t = established(PROBING)) {
      t.write(3000).expect(". 1(1000)", ". 1001(1000)", "P. 2001(1000)");
      assertThat(t.deadlineMillis()).isEqualTo(300);
      t.at(300).expect("P. 2001(1000)").quiet();
      // After the probe the retransmission timer runs.
      assertThat(t.deadlineMillis()).isEqualTo(1300);
      t.at(400).inject(". 1(0) ack 1 <sack 2001:3001>");
      assertThat(t.info().flight().lost()).isEqualTo(2);
      t.expect(". 1(1000)").quiet();
    }
  }

  @Test
  @Requirement({"RFC8985-6.2-02", "RFC8985-7.3-05"})
  void aSackOfTheProbeRepairsTheTailDespiteItsOldEcho() {
    TcpSettings settings = PROBING.withWire(wire -> wire.withTimestamps(true));
    try (Timeline t = Timeline.established(settings, "mss 1012, sackOK, ts 1 100")) {
      t.write(3000).expect(". 1(1000)", ". 1001(1000)", "P. 2001(1000)");
      t.at(300).expect("P. 2001(1000)").quiet();
      // RFC 7323 4.3: the echo is of the last segment that advanced RCV.NXT, which we sent at 100 ms.
      t.at(400).inject(". 1(0) ack 1 <sack 2001:3001, ts 2 200>");
      assertThat(t.info().flight().lost()).isEqualTo(2);
      t.expect(". 1(1000)").quiet();
      t.at(500).inject(". 1(0) ack 1001 <sack 2001:3001, ts 3 500>").expect(". 1001(1000)").quiet();
      t.at(600).inject(". 1(0) ack 3001 <ts 4 600>").idle();
      assertThat(t.info().timing().retransmits()).isZero();
    }
    // Sooner than the round trip of any full segment, but not than the handshake: a short probe travels faster.
    try (Timeline t = Timeline.established(settings, "mss 1012, sackOK, ts 1 100")) {
      t.write(1000).drop();
      t.at(205).inject(". 1(0) ack 1001 <ts 2 200>").write(2010).drop();
      assertThat(t.info().timing().roundTrip().minrtt().toMillis()).isEqualTo(100);
      t.jump().expect("P. 3001(10)").after(101).inject(". 1(0) ack 1001 <sack 3001:3011, ts 3 200>");
      assertThat(t.info().flight().lost()).isEqualTo(2);
    }
    // Sooner than any round trip: the report may be of the original.
    try (Timeline t = Timeline.established(settings, "mss 1012, sackOK, ts 1 100")) {
      t.write(3000).drop();
      t.at(300).expect("P. 2001(1000)").at(399).inject(". 1(0) ack 1 <sack 2001:3001, ts 2 200>").quiet();
      assertThat(t.info().flight().lost()).isZero();
    }
  }

  @Test
  @Requirement({"RFC8985-7.2-03", "RFC8985-7.2-05"})
  void aSingleSegmentMayBeAcknowledgedLate() {
    try (Timeline t = established(PROBING)) {
      t.write(1000).expect("P. 1(1000)");
      assertThat(t.deadlineMillis()).isEqualTo(100 + 200 + 200);
    }
  }

  @Test
  @Requirement("RFC8985-7.2-02")
  void withoutARoundTripSampleTheProbeWaitsASecond() {
    try (Timeline t = Timeline.active(PROBING)) {
      t.expect("S 0(0)").at(1000).expect("S 0(0)");
      t.at(1100).inject("S. 0(0) ack 1 win 65535 <mss 1000, sackOK>").expect(". 1(0) ack 1");
      assertThat(t.info().srtt()).isZero();
      t.write(1000).expect("P. 1(1000)");
      assertThat(t.deadlineMillis()).isEqualTo(2100);
      t.at(2100).expect("P. 1(1000)");
    }
  }

  @Test
  @Requirement("RFC8985-7.3-03")
  void theProbeCarriesNewDataIfThereIsAny() {
    try (Timeline t = established(PROBING)) {
      t.write(12_000);
      assertThat(t.drop()).isEqualTo(10);
      t.at(300).expect(". 10001(1000)").quiet();
      assertThat(t.info().retransmissions()).isZero();
      // Nothing was retransmitted, so its acknowledgement shows no loss.
      t.at(400).inject(". 1(0) ack 11001");
      assertThat(t.info().ssthresh()).isEqualTo(Integer.MAX_VALUE);
    }
  }

  @Test
  @Requirement("RFC8985-7.2-04")
  void theProbeTimeoutIsNotBeyondTheRetransmissionTimeout() {
    try (Timeline t = established(PROBING)) {
      t.write(1000).expect("P. 1(1000)").at(450).write(1000).expect("P. 1001(1000)");
      for (int i = 2; i < 9; i++) {
        t.after(90).write(1000).expect("P. " + (1 + 1000 * i) + "(1000)");
      }
      // 2 * SRTT after the last segment would be 1280; the RTO of the first segment ends at 1100.
      assertThat(t.nowMillis()).isEqualTo(1080);
      assertThat(t.deadlineMillis()).isEqualTo(1100);
    }
  }

  /** A connection with a probe timeout of 400 ms for a single segment and a retransmission timeout of 300 ms. */
  private static Timeline timeoutBeforeProbe() {
    return established(PROBING.withTimers(timers -> timers.withMinRto(Duration.ofMillis(200))));
  }

  @Test
  @Requirement({"RFC8985-7.2-04", "RFC8985-7.3-06"})
  void theProbeReplacesATimeoutThatIsNotLater() {
    try (Timeline t = timeoutBeforeProbe()) {
      int before = t.info().cwnd();
      t.write(1000).expect("P. 1(1000)").at(400).expect("P. 1(1000)").quiet();
      // The probe is no timeout: the window is not reduced and the timer not doubled.
      assertThat(t.info().cwnd()).isEqualTo(before);
      assertThat(t.info().ssthresh()).isEqualTo(Integer.MAX_VALUE);
      assertThat(t.info().timing().retransmits()).isZero();
      assertThat(t.deadlineMillis()).isEqualTo(700);
      // The retransmission timer follows.
      t.at(700).expect("P. 1(1000)").quiet();
      assertThat(t.info().timing().retransmits()).isOne();
      assertThat(t.info().cwnd()).isLessThan(before);
      assertThat(t.deadlineMillis()).isEqualTo(1300);
    }
  }

  @Test
  @Requirement("RFC8985-7.2-04")
  void aProbeWithAFinReplacesATimeout() {
    try (Timeline t = timeoutBeforeProbe()) {
      t.write(1000).shutdownOutput().expect("FP. 1(1000)").at(400).expect("FP. 1(1000)").quiet();
      assertThat(t.info().ssthresh()).isEqualTo(Integer.MAX_VALUE);
      t.at(500).inject(". 1(0) ack 1002").state(TcpState.FIN_WAIT_2);
    }
    try (Timeline t = timeoutBeforeProbe()) {
      t.shutdownOutput().expect("F. 1(0)").at(400).expect("F. 1(0)").quiet();
      assertThat(t.info().ssthresh()).isEqualTo(Integer.MAX_VALUE);
      assertThat(t.deadlineMillis()).isEqualTo(700);
    }
  }

  @Test
  @Requirement("RFC8985-7.3-02")
  void withoutAnAllowedProbeTheTimeoutRetransmits() {
    try (Timeline t = timeoutBeforeProbe()) {
      t.write(1000).expect("P. 1(1000)").at(400).expect("P. 1(1000)").at(500).inject(". 1(0) ack 1001");
      // No round trip was measured since the last probe.
      t.write(1000).expect("P. 1001(1000)").at(800).expect("P. 1001(1000)").quiet();
      assertThat(t.info().timing().retransmits()).isOne();
    }
  }

  @Test
  void aProbeInPlaceOfATimeoutCountsAsATimeoutForThePath() {
    try (Timeline t = timeoutBeforeProbe()) {
      t.write(1000).expect("P. 1(1000)").jump().expect("P. 1(1000)").jump().expect("P. 1(1000)");
      assertThat(t.engine().consecutiveTimeouts()).isEqualTo(2);
      t.jump().drop();
      assertThat(t.engine().consecutiveTimeouts()).isEqualTo(3);
      t.after(100).inject(". 1(0) ack 1001");
      assertThat(t.engine().consecutiveTimeouts()).isZero();
    }
    // The same holds when the local link comes back.
    try (Timeline t = timeoutBeforeProbe()) {
      t.write(1000).expect("P. 1(1000)").at(400).expect("P. 1(1000)").at(450).linkUp().jump().expect("P. 1(1000)");
      assertThat(t.nowMillis()).isEqualTo(450);
    }
  }

  // RFC 8985 7.3: a round trip was measured since the last probe, so another probe is allowed.
  @Test
  void afterARoundTripWasMeasuredTheNextTailIsProbedToo() {
    try (Timeline t = established(PROBING)) {
      t.write(1000).expect("P. 1(1000)").at(500).expect("P. 1(1000)").quiet();
      // The acknowledgement may be of the original or of the probe, so it gives no sample.
      t.at(600).inject(". 1(0) ack 1001").write(1000).expect("P. 1001(1000)");
      t.at(700).inject(". 1(0) ack 2001").write(1000).expect("P. 2001(1000)");
      t.at(1099).quiet().at(1100).expect("P. 2001(1000)").quiet();
    }
  }

  @Test
  @Requirement({"RFC8985-7.3-01", "RFC8985-7.3-02"})
  void thereIsOneProbeUntilAnotherRoundTripWasMeasured() {
    try (Timeline t = established(PROBING)) {
      t.write(3000).drop();
      t.at(300).expect("P. 2001(1000)");
      // New data after the probe starts the timer, but no second probe follows.
      t.at(310).write(1000).expect("P. 3001(1000)");
      assertThat(t.deadlineMillis()).isEqualTo(510);
      t.at(510).quiet();
      assertThat(t.deadlineMillis()).isEqualTo(1300);
      // Only the retransmission is acknowledged: no sample, so no new probe.
      t.at(1300).expect(". 1(1000)").at(1400).inject(". 1(0) ack 4001").idle();
      t.write(3000).drop();
      t.at(1600).quiet();
    }
  }

  /**
   * The timeout has already reduced the window; the acknowledgement of the probe before it must not reduce it again.
   */
  @Test
  void afterATimeoutTheAckOfTheProbeDoesNotReduceTheWindow() {
    try (Timeline t = established(PROBING)) {
      t.write(10_000).drop();
      t.at(300).expect("P. 9001(1000)").jump().expect(". 1(1000)");
      int ssthresh = t.info().ssthresh();
      assertThat(ssthresh).isBetween(5000, 9000);
      t.after(100).inject(". 1(0) ack 10001").write(1000).drop();
      int cwnd = t.info().cwnd();
      t.after(100).inject(". 1(0) ack 11001");
      assertThat(t.info().ssthresh()).isEqualTo(ssthresh);
      assertThat(t.info().cwnd()).isGreaterThanOrEqualTo(cwnd);
    }
  }

  @Test
  @Requirement({"RFC8985-7.4.2-01", "RFC8985-7.4.2-02"})
  void aLossThatTheProbeHasRepairedReducesTheWindow() {
    try (Timeline t = established(PROBING)) {
      t.write(10_000);
      t.drop();
      t.at(300).expect("P. 9001(1000)").at(350).inject(". 1(0) ack 9001");
      t.at(400).inject(". 1(0) ack 10001");
      assertThat(t.info().ssthresh()).isEqualTo(Integer.MAX_VALUE);
      // The acknowledgement may be of the original or of the probe; the next one above it decides.
      t.write(1000).drop();
      t.at(500).inject(". 1(0) ack 11001");
      assertThat(t.info().ssthresh()).isLessThan(Integer.MAX_VALUE);
      assertThat(t.info().cwnd()).isEqualTo(t.info().ssthresh());
    }
  }

  @Test
  @Requirement("RFC8985-7.4.2-01")
  void aProbeReportedAsDuplicateMeansNoLoss() {
    try (Timeline t = established(PROBING)) {
      t.write(10_000);
      t.drop();
      t.at(300).expect("P. 9001(1000)").at(350).inject(". 1(0) ack 10001");
      t.at(400).inject(". 1(0) ack 10001 <sack 9001:10001>");
      t.write(1000).drop();
      t.at(500).inject(". 1(0) ack 11001");
      assertThat(t.info().ssthresh()).isEqualTo(Integer.MAX_VALUE);
    }
  }

  @Test
  @Requirement("RFC8985-7.2-01")
  void noProbeIsSentWhileSegmentsAreSacked() {
    try (Timeline t = established(PROBING)) {
      t.write(10_000);
      t.drop();
      t.at(200).inject(sack("9001:10001")).drop();
      t.at(225).drop();
      // In recovery only the retransmission timer runs.
      assertThat(t.deadlineMillis()).isEqualTo(1225);
    }
  }
}
