package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.congestion.CongestionState;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

/**
 * Spurious timeouts and unnecessary recoveries: F-RTO (RFC 5682), and their undoing by timestamps or D-SACK (RFC 3522,
 * RFC 4015).
 */
class SpuriousTest {

  private static final TcpSettings BASIC = Timeline.PLAIN.withTimers(timers -> timers.withNoDelay(true))
      .withRecovery(recovery -> recovery.withTailLossProbe(false));
  private static final TcpSettings SACK = BASIC.withWire(wire -> wire.withSelectiveAcknowledgment(true));

  private static Timeline inFlight(TcpSettings settings, int bytes) {
    Timeline t = Timeline.established(settings, "mss 1000, sackOK");
    t.write(bytes);
    assertThat(t.drop()).isEqualTo(10);
    return t;
  }

  private static Timeline tenInFlight(TcpSettings settings) {
    return inFlight(settings, 50_000);
  }

  private static void assertUndone(Timeline t) {
    assertThat(t.info().ssthresh()).isEqualTo(Integer.MAX_VALUE);
    assertThat(t.info().cwnd()).isGreaterThanOrEqualTo(10_000);
    assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.OPEN);
    assertThat(t.info().flight().lost()).isZero();
  }

  // ---- section 2.1

  @Test
  @Requirement({"RFC5682-2.1-01", "RFC5682-2.1-07", "RFC5682-2.1-11"})
  void twoAcksThatAdvanceShowThatTheTimeoutWasSpurious() {
    try (Timeline t = tenInFlight(BASIC)) {
      t.at(1100).expect(". 1(1000)").quiet();
      // Two new segments instead of retransmissions, although cwnd is two segments and ten are in flight.
      t.at(1150).inject(". 1(0) ack 1001").expect(". 10001(1000)", ". 11001(1000)").quiet();
      t.at(1160).inject(". 1(0) ack 2001");
      assertUndone(t);
      t.drop();
      t.inject(". 1(0) ack 12001");
      assertThat(t.info().retransmissions()).isEqualTo(1);
    }
  }

  @Test
  @Requirement("RFC5682-2.1-06")
  void aDuplicateAfterTheTimeoutMeansALoss() {
    try (Timeline t = tenInFlight(BASIC)) {
      t.at(1100).expect(". 1(1000)").inject(". 1(0) ack 1").quiet();
      t.at(1150).inject(". 1(0) ack 1001").expect(". 1001(1000)", ". 2001(1000)").quiet();
      assertThat(t.info().ssthresh()).isEqualTo(5000);
    }
    // An acknowledgement of a part of the retransmission, or of everything, decides nothing.
    try (Timeline t = tenInFlight(BASIC)) {
      t.at(1100).expect(". 1(1000)").inject(". 1(0) ack 501").expect(". 1001(1000)").quiet();
    }
    try (Timeline t = tenInFlight(BASIC)) {
      t.at(1100).expect(". 1(1000)").inject(". 1(0) ack 10001");
      assertThat(t.info().ssthresh()).isEqualTo(5000);
      assertThat(t.info().cwnd()).isEqualTo(2000);
    }
  }

  @Test
  @Requirement({"RFC5682-2.1-10", "RFC5682-4-02"})
  void aDuplicateAfterTheNewDataMeansALoss() {
    try (Timeline t = tenInFlight(BASIC)) {
      t.at(1100).expect(". 1(1000)").at(1150).inject(". 1(0) ack 1001").expect(". 10001(1000)", ". 11001(1000)");
      t.at(1160).inject(". 1(0) ack 1001");
      assertThat(t.info().cwnd()).isLessThanOrEqualTo(3000);
      assertThat(t.info().ssthresh()).isEqualTo(5000);
      t.at(1170).inject(". 1(0) ack 2001").expect(". 2001(1000)").drop();
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.LOSS);
    }
  }

  @Test
  @Requirement({"RFC5682-2.1-09", "RFC5682-3.1-06"})
  void withoutNewDataRecoveryIsConventional() {
    for (TcpSettings settings : new TcpSettings[] {BASIC, SACK}) {
      try (Timeline t = inFlight(settings, 10_000)) {
        t.at(1100).expect(". 1(1000)").at(1150).inject(". 1(0) ack 1001").expect(". 1001(1000)", ". 2001(1000)")
            .quiet();
      }
    }
  }

  @Test
  @Requirement({"RFC5682-2.1-09", "RFC5682-3.1-06"})
  void withoutRoomForNewDataInThePeersWindowRecoveryIsConventional() {
    for (TcpSettings settings : new TcpSettings[] {BASIC, SACK}) {
      try (Timeline t = tenInFlight(settings)) {
        t.at(1100).expect(". 1(1000)").at(1150).inject(". 1(0) ack 1001 win 9000");
        t.expect(". 1001(1000)", ". 2001(1000)").quiet();
      }
    }
  }

  @Test
  @Requirement({"RFC5682-2.1-02", "RFC5682-2.1-05"})
  void aSecondTimeoutInRecoveryIsConventional() {
    try (Timeline t = tenInFlight(BASIC)) {
      t.at(1100).expect(". 1(1000)").at(3100).expect(". 1(1000)");
      t.at(3150).inject(". 1(0) ack 1001").expect(". 1001(1000)", ". 2001(1000)").quiet();
    }
  }

  @Test
  @Requirement({"RFC5682-3.1-03", "RFC5682-3.1-04"})
  void aSecondTimeoutInRecoveryIsConventionalWithSackToo() {
    try (Timeline t = tenInFlight(SACK)) {
      t.at(1100).expect(". 1(1000)").at(3100).expect(". 1(1000)");
      t.at(3150).inject(". 1(0) ack 1001").expect(". 1001(1000)", ". 2001(1000)").quiet();
    }
  }

  @Test
  @Requirement("RFC5682-2.1-04")
  void dataAndWindowUpdatesAfterTheTimeoutAreIgnored() {
    try (Timeline t = tenInFlight(BASIC)) {
      t.at(1100).expect(". 1(1000)").inject("P. 1(10) ack 1", ". 11(0) ack 1 win 50000").quiet();
      t.at(1130).inject(". 11(0) ack 1001 win 50000").expect(". 10001(1000)", ". 11001(1000)").quiet();
    }
  }

  @Test
  @Requirement("RFC5682-2.1-08")
  void nagleDoesNotHoldBackTheNewData() {
    try (Timeline t = Timeline.established(BASIC.withTimers(timers -> timers.withNoDelay(false)), "mss 1000")) {
      t.write(10_000).drop();
      t.write(300).quiet().at(1100).expect(". 1(1000)").at(1150).inject(". 1(0) ack 1001").expect("P. 10001(300)")
          .quiet();
    }
  }

  // ---- section 3.1

  @Test
  @Requirement({"RFC5682-3.1-01", "RFC5682-3.1-08", "RFC5682-4-01"})
  void withSackAnAckOfDataSentOnceShowsASpuriousTimeout() {
    try (Timeline t = tenInFlight(SACK)) {
      t.at(1100).expect(". 1(1000)").quiet().at(1150).inject(". 1(0) ack 1001").expect(". 10001(1000)",
          ". 11001(1000)");
      t.quiet().at(1160).inject(". 1(0) ack 1001 <sack 2001:3001>");
      assertThat(t.info().ssthresh()).isEqualTo(Integer.MAX_VALUE);
      assertThat(t.info().cwnd()).isGreaterThanOrEqualTo(10_000);
    }
    try (Timeline t = tenInFlight(SACK)) {
      t.at(1100).expect(". 1(1000)").at(1150).inject(". 1(0) ack 1001").drop();
      t.at(1160).inject(". 1(0) ack 2001");
      assertUndone(t);
    }
  }

  @Test
  @Requirement({"RFC5682-3.1-02", "RFC5682-3.1-07"})
  void withSackDuplicatesBeforeTheFirstAckAreWaitedOut() {
    try (Timeline t = tenInFlight(SACK)) {
      t.at(1100).expect(". 1(1000)").inject(". 1(0) ack 1 <sack 3001:4001>").quiet();
      t.at(1150).inject(". 1(0) ack 1001 <sack 3001:4001>").expect(". 10001(1000)", ". 11001(1000)").quiet();
      // Only the new data arrives: everything between is lost.
      t.at(1250).inject(". 1(0) ack 1001 <sack 10001:11001 3001:4001>");
      assertThat(t.info().cwnd()).isLessThanOrEqualTo(3000);
      assertThat(t.info().ssthresh()).isEqualTo(5000);
      t.expect(". 1001(1000)");
    }
  }

  @Test
  @Requirement("RFC5682-3.1-05")
  void withSackAnAckOfEverythingIsConventional() {
    try (Timeline t = tenInFlight(SACK)) {
      t.at(1100).expect(". 1(1000)").at(1150).inject(". 1(0) ack 10001");
      assertThat(t.info().cwnd()).isLessThanOrEqualTo(2000);
      assertThat(t.info().ssthresh()).isEqualTo(5000);
    }
  }

  @Test
  @Requirement("RFC5682-2.1-03")
  void duringFastRecoveryWithSackATimeoutIsConventional() {
    try (Timeline t = tenInFlight(SACK)) {
      t.inject(". 1(0) ack 1 <sack 1001:4001>").drop();
      t.at(1100).expect(". 1(1000)").at(1150).inject(". 1(0) ack 4001");
      assertThat(t.next()).startsWith(". 4001(1000)");
    }
  }

  // ---- undo

  @Test
  void anEchoOlderThanTheRetransmissionUndoesATimeout() {
    for (boolean sack : new boolean[] {true, false}) {
      TcpSettings settings = SACK.withWire(wire -> wire.withTimestamps(true))
          .withRecovery(recovery -> recovery.withForwardRto(false))
          .withWire(wire -> wire.withSelectiveAcknowledgment(sack));
      try (Timeline t = Timeline.established(settings, "mss 1012, sackOK, ts 1 100")) {
        t.write(50_000);
        assertThat(t.drop()).isEqualTo(10);
        t.at(1100).expect(". 1(1000) ack 1 <ts 1200 1>").quiet();
        t.at(1110).inject(". 1(0) ack 1001 <ts 2 200>");
        assertUndone(t);
        assertThat(t.info().retransmissions()).isEqualTo(1);
      }
      // The echo of the retransmission, or of a timestamp never sent, undoes nothing.
      for (int echo : new int[] {1200, 0, 150}) {
        try (Timeline t = Timeline.established(settings, "mss 1012, sackOK, ts 1 100")) {
          t.write(50_000).drop();
          t.at(1100).expect(". 1(1000)").at(1110).inject(". 1(0) ack 1001 <ts 2 " + echo + ">");
          assertThat(t.info().ssthresh()).as("echo %d", echo).isEqualTo(5000);
        }
      }
    }
  }

  @Test
  void anEchoOlderThanTheRetransmissionUndoesAFastRetransmit() {
    for (boolean sack : new boolean[] {true, false}) {
      TcpSettings settings = SACK.withWire(wire -> wire.withTimestamps(true).withSelectiveAcknowledgment(sack));
      try (Timeline t = Timeline.established(settings, "mss 1012, sackOK, ts 1 100")) {
        t.write(50_000);
        assertThat(t.drop()).isEqualTo(10);
        t.at(200);
        for (int i = 2; i <= 4; i++) {
          t.inject(". 1(0) ack 1 <" + (sack ? "sack 1001:" + i + "001, " : "") + "ts 2 200>").drop();
        }
        assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.RECOVERY);
        t.at(210).inject(". 1(0) ack 4001 <ts 2 200>");
        assertUndone(t);
      }
    }
  }

  @Test
  void reportsThatAllRetransmissionsWereDuplicatesUndoARecovery() {
    try (Timeline t = tenInFlight(SACK)) {
      t.at(200).inject(". 1(0) ack 1 <sack 1001:2001 3001:6001>").expect(". 1(1000)").quiet();
      t.inject(". 1(0) ack 1 <sack 1001:2001 3001:7001>").expect(". 2001(1000)").quiet();
      t.at(210).inject(". 1(0) ack 7001").drop();
      t.at(300).inject(". 1(0) ack 7001 <sack 1:1001>").drop();
      assertThat(t.info().ssthresh()).isEqualTo(5000);
      t.inject(". 1(0) ack 7001 <sack 2001:3001>");
      assertUndone(t);
    }
  }

  @Test
  void aReportAfterTheRecoveryStillUndoesIt() {
    try (Timeline t = tenInFlight(SACK)) {
      t.at(200).inject(". 1(0) ack 1 <sack 1001:4001>").expect(". 1(1000)").drop();
      t.at(210).inject(". 1(0) ack " + (1 + t.info().bytesSent())).drop();
      assertThat(t.info().cwnd()).isEqualTo(5000);
      t.at(300).inject(". 1(0) ack " + (1 + t.info().bytesAcknowledged()) + " <sack 1:1001>");
      assertUndone(t);
    }
  }

  @Test
  void unrelatedDuplicatesUndoNothing() {
    try (Timeline t = tenInFlight(SACK)) {
      t.at(150).inject(". 1(0) ack 1001").drop();
      t.at(200).inject(". 1(0) ack 1001 <sack 2001:5001>").expect(". 1001(1000)").drop();
      // The D-SACK is of a segment from before the recovery.
      t.inject(". 1(0) ack 1001 <sack 1:1001 2001:5001>").drop();
      assertThat(t.info().ssthresh()).isLessThan(10_000);
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.RECOVERY);
    }
  }
}
