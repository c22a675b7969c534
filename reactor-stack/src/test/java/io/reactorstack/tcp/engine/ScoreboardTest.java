package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.congestion.CongestionState;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * The data sender with SACK and without RACK: scoreboard and loss recovery of RFC 2018, RFC 2883, RFC 6675 and RFC
 * 9937.
 */
class ScoreboardTest {

  static final TcpSettings SETTINGS = Timeline.PLAIN
      .withWire(wire -> wire.withSelectiveAcknowledgment(true))
      .withTimers(timers -> timers.withNoDelay(true))
      .withRecovery(recovery -> recovery.withRack(false).withTailLossProbe(false).withForwardRto(false));

  private static Timeline inFlight(int bytes) {
    Timeline t = Timeline.established(SETTINGS, "mss 1000, sackOK");
    t.write(bytes);
    assertThat(t.drop()).isEqualTo(10);
    return t;
  }

  /** Ten segments of 1000 octets in flight, and more to send. */
  private static Timeline tenInFlight() {
    return inFlight(50_000);
  }

  private static Timeline smallInFlight(int segments) {
    Timeline t = Timeline.established(SETTINGS, "mss 1000, sackOK");
    for (int i = 0; i < segments; i++) {
      t.write(100).expect("P. " + (1 + 100 * i) + "(100)");
    }
    return t;
  }

  private static String sack(String... blocks) {
    return ". 1(0) ack 1 <sack " + String.join(" ", blocks) + ">";
  }

  @Test
  @Requirement({"RFC6675-4-03", "RFC6675-5-08", "RFC6675-5-01"})
  void threeSackedSegmentsAboveAHoleMarkItLost() {
    try (Timeline t = tenInFlight()) {
      t.inject(sack("1001:2001")).expect(". 10001(1000)").quiet();
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.DISORDER);
      t.inject(sack("1001:3001")).expect(". 11001(1000)").quiet();
      assertThat(t.info().flight().sacked()).isEqualTo(2);
      assertThat(t.info().flight().lost()).isZero();
      t.inject(sack("1001:4001")).expect(". 1(1000)").quiet();
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.RECOVERY);
      assertThat(t.info().flight().sacked()).isEqualTo(3);
      assertThat(t.info().flight().lost()).isEqualTo(1);
    }
  }

  @Test
  @Requirement({"RFC3042-2-01", "RFC3042-2-02", "RFC6675-5-06"})
  void eachSegmentSackedBeforeALossAllowsANewOne() {
    try (Timeline t = tenInFlight()) {
      // Each sacked segment has left the network, so one more may be sent; cwnd does not change.
      t.inject(sack("1001:2001")).expect(". 10001(1000)").quiet();
      assertThat(t.info().cwnd()).isEqualTo(10_000);
      t.inject(sack("1001:3001")).expect(". 11001(1000)").quiet();
      assertThat(t.info().cwnd()).isEqualTo(10_000);
    }
  }

  @Test
  @Requirement({"RFC6675-5-07", "RFC9937-6.1-01", "RFC9937-6.1-02"})
  void recoveryStartsWithHalfTheFlightWithoutLimitedTransmit() {
    try (Timeline t = tenInFlight()) {
      enterRecovery(t);
      // The two segments of limited transmit do not count.
      assertThat(t.info().ssthresh()).isEqualTo(5000);
      // pipe is 8000 without the lost segment; SndCnt = ceil(1000 * 5000 / RecoverFS 10000) - 0.
      assertThat(t.info().cwnd()).isEqualTo(8500);
    }
  }

  @Test
  @Requirement({"RFC6675-4-04", "RFC6675-5-09", "RFC9937-6.2-04"})
  void sackedAndLostSegmentsAreNotInFlight() {
    try (Timeline t = tenInFlight()) {
      enterRecovery(t);
      // pipe is 8000 of 12000: without three sacked segments and one lost; the retransmission counts after it is sent.
      assertThat(t.info().flight().sacked()).isEqualTo(3);
      assertThat(t.info().flight().lost()).isEqualTo(1);
      assertThat(t.info().flight().retrans()).isEqualTo(1);
      // SndCnt = ceil(1000 * 5000 / RecoverFS 10000) - 0.
      assertThat(t.info().cwnd()).isEqualTo(8000 + 500);
    }
  }

  @Test
  @Requirement({"RFC9937-6.2-12", "RFC9937-6.3-01", "RFC9937-6.2-01"})
  void inRecoveryTheWindowIsTheFlightPlusSndCnt() {
    try (Timeline t = tenInFlight()) {
      enterRecovery(t);
      assertThat(t.info().cwnd()).isEqualTo(8500);
      // prr_out is 1000: 1000 - 1000, 1500 - 1000, then 2000 - 1000.
      t.inject(sack("1001:5001")).quiet();
      assertThat(t.info().cwnd()).isEqualTo(8000);
      t.inject(sack("1001:6001")).quiet();
      assertThat(t.info().cwnd()).isEqualTo(7500);
      t.inject(sack("1001:7001")).expect(". 12001(1000)").quiet();
      assertThat(t.info().cwnd()).isEqualTo(7000);
    }
  }

  @Test
  @Requirement({"RFC6675-4-03", "RFC6675-5-05"})
  void threeSeparateRangesAboveAHoleMarkItLost() {
    try (Timeline t = smallInFlight(8)) {
      t.inject(sack("501:601", "301:401", "101:201")).expect("P. 1(100)").quiet();
      assertThat(t.info().flight().lost()).isEqualTo(1);
    }
    try (Timeline t = smallInFlight(8)) {
      t.inject(sack("301:401", "101:201")).quiet();
      assertThat(t.info().flight().lost()).isZero();
    }
  }

  @Test
  @Requirement({"RFC6675-5-03", "RFC6675-5-04"})
  void threeDuplicatesMeanALossEvenIfIsLostIsFalse() {
    try (Timeline t = smallInFlight(8)) {
      t.inject(sack("101:201"), sack("101:301")).quiet().inject(sack("101:401")).expect("P. 1(100)").quiet();
    }
  }

  @Test
  @Requirement({"RFC6675-5-02", "RFC6675-5-03"})
  void anAckOfNewDataResetsTheCountOfDuplicates() {
    try (Timeline t = smallInFlight(9)) {
      t.inject(sack("101:201"), sack("101:301"));
      t.inject(". 1(0) ack 301", ". 1(0) ack 301 <sack 401:501>", ". 1(0) ack 301 <sack 401:601>").quiet();
      // An acknowledgement that reports nothing new is no duplicate, however often it comes.
      t.inject(". 1(0) ack 301 <sack 401:601>", ". 1(0) ack 301 <sack 401:601>", ". 1(0) ack 301").quiet();
      t.inject(". 1(0) ack 301 <sack 401:701>").expect("P. 301(100)");
    }
  }

  @Test
  @Requirement({"RFC3042-2-03", "RFC5681-3.2-06"})
  void aDuplicateWithoutSackNewsSendsNothing() {
    try (Timeline t = tenInFlight()) {
      t.inject(". 1(0) ack 1", ". 1(0) ack 1", ". 1(0) ack 1", ". 1(0) ack 1").quiet();
      t.inject(sack("1001:2001")).expect(". 10001(1000)").inject(sack("1001:2001"), sack("1001:2001")).quiet();
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.DISORDER);
    }
  }

  @Test
  @Requirement({"RFC6675-4-05", "RFC6675-4-06", "RFC6675-5-16"})
  void holesAreRepairedInOrderBeforeNewData() {
    try (Timeline t = tenInFlight()) {
      assertThat(repaired(t)).isEqualTo("3001(1000) 5001(1000) 12001(1000) ");
    }
  }

  @Test
  @Requirement({"RFC2018-5-01", "RFC2018-5-02", "RFC2018-5-03"})
  void onlyUnsackedSegmentsAreRetransmitted() {
    try (Timeline t = tenInFlight()) {
      assertThat(repaired(t)).contains("3001(1000)", "5001(1000)");
      t.inject(". 1(0) ack 3001 <sack 4001:5001 6001:12001>").drop();
      t.inject(". 1(0) ack " + (1 + t.info().bytesSent()));
      // 1, 3001 and 5001.
      assertThat(t.info().retransmissions()).isEqualTo(3);
    }
  }

  @Test
  @Requirement({"RFC6675-5-14", "RFC6675-5-15", "RFC6675-5-17"})
  void inRecoveryTheFlightFillsTheWindow() {
    try (Timeline t = tenInFlight()) {
      enterRecovery(t);
      int highData = 12_001;
      for (int right = 5001; right <= 12_001; right += 1000) {
        t.inject(sack("1001:" + right));
        for (String s = t.next(); s != null; s = t.next()) {
          // Nothing else is lost: new data is sent, one segment after the other.
          assertThat(s).startsWith(". " + highData + "(1000)");
          highData += 1000;
        }
        int pipe = highData - 1 - 1000 * t.info().flight().sacked();
        assertThat(t.info().cwnd() - pipe).as("after %d", right).isBetween(0, 999);
      }
      assertThat(highData).isGreaterThan(12_001);
    }
  }

  @Test
  @Requirement({"RFC6675-5-10", "RFC6675-5-11", "RFC6675-5-13"})
  void aPartialAckContinuesRecoveryAndAFullAckEndsIt() {
    try (Timeline t = tenInFlight()) {
      repaired(t);
      // Update and SetPipe are run again.
      t.inject(". 1(0) ack 3001 <sack 4001:5001 6001:12001>");
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.RECOVERY);
      assertThat(t.info().flight().sacked()).isEqualTo(7);
      assertThat(t.info().flight().lost()).isEqualTo(2);
      t.drop();
      t.inject(". 1(0) ack " + (1 + t.info().bytesSent()));
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.OPEN);
    }
  }

  @Test
  @Requirement({"RFC6582-6-02", "RFC9937-6.4-01", "RFC2018-5.1-01"})
  void recoveryEndsWithTheWindowAtSsthresh() {
    try (Timeline t = tenInFlight()) {
      repaired(t);
      t.drop();
      int ssthresh = t.info().ssthresh();
      t.inject(". 1(0) ack " + (1 + t.info().bytesSent()));
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.OPEN);
      assertThat(t.info().cwnd()).isEqualTo(ssthresh);
      t.drop();
      assertThat(t.info().cwnd()).isEqualTo(ssthresh);
    }
  }

  @Test
  @Requirement({"RFC6675-4-08", "RFC6675-4-09"})
  void withoutNewDataRule3ResendsAHoleAndRule4TheLastSegmentOnce() {
    try (Timeline t = inFlight(10_000)) {
      t.inject(sack("1001:4001")).expect(". 1(1000)").quiet();
      // Rule 3: 4001 is not known to be lost, but there is room and nothing else to send.
      t.inject(sack("5001:6001", "1001:4001")).expect(". 4001(1000)").quiet();
      // Rule 4 does not apply before the first retransmission has been acknowledged.
      t.inject(sack("5001:9001", "1001:4001")).quiet();
      assertThat(t.info().cwnd() - 4000).isGreaterThanOrEqualTo(1000);
      t.inject(". 1(0) ack 4001 <sack 5001:9001>").expect("P. 9001(1000)").quiet();
      // Rule 4 applies only once, although there is room.
      t.inject(". 1(0) ack 5001 <sack 5001:9001>").quiet();
    }
  }

  @Test
  @Requirement({"RFC6675-4-07", "RFC6675-4-10"})
  void withoutNewDataRule3ResendsAHoleAndThenNothing() {
    try (Timeline t = inFlight(10_000)) {
      t.inject(sack("1001:4001")).expect(". 1(1000)").quiet();
      // Rule 3: 4001 is not known to be lost, but there is room and nothing else to send.
      t.inject(sack("5001:6001", "1001:4001")).expect(". 4001(1000)").quiet();
      // Rule 4 does not apply before the first retransmission has been acknowledged.
      t.inject(sack("5001:9001", "1001:4001")).quiet();
      assertThat(t.info().cwnd() - 4000).isGreaterThanOrEqualTo(1000);
    }
  }

  /** Reports three segments above the first, which is lost: limited transmit, then the first segment again. */
  private static void enterRecovery(Timeline t) {
    t.inject(sack("1001:2001")).expect(". 10001(1000)").inject(sack("1001:3001")).expect(". 11001(1000)");
    t.inject(sack("1001:4001")).expect(". 1(1000)").quiet();
  }

  /**
   * Of ten segments in flight 1, 3001 and 5001 are lost. Returns the segments sent after the retransmission of 1, while
   * the others are sacked.
   */
  private static String repaired(Timeline t) {
    t.inject(sack("1001:3001")).expect(". 10001(1000)", ". 11001(1000)").quiet();
    t.inject(sack("4001:5001", "1001:3001")).expect(". 1(1000)").quiet();
    String sent = "";
    for (int right = 7001; right <= 12_001; right += 1000) {
      for (String s = t.next(); s != null; s = t.next()) {
        sent += s.substring(2, s.indexOf(' ', 2)) + " ";
      }
      t.inject(sack("4001:5001", "6001:" + right, "1001:3001"));
    }
    return sent;
  }

  private static void timeoutInRecovery(Timeline t) {
    t.inject(sack("2001:3001")).drop();
    t.inject(sack("2001:4001")).drop();
    t.inject(sack("2001:5001")).drop();
    t.at(t.deadlineMillis()).expect(". 1(1000)").quiet();
  }

  @Test
  @Requirement({"RFC6675-5.1-03", "RFC6675-5.1-07", "RFC6675-5.1-08"})
  void afterATimeoutInRecoverySlowStartUsesTheScoreboard() {
    try (Timeline t = tenInFlight()) {
      timeoutInRecovery(t);
      // Sacked segments are not sent again.
      t.after(50).inject(sack("2001:5001", "6001:7001"), sack("2001:5001", "6001:8001"),
          sack("2001:5001", "6001:9001"));
      t.inject(". 1(0) ack 1001 <sack 2001:5001 6001:9001>").expect(". 1001(1000)", ". 5001(1000)").quiet();
      t.inject(". 1(0) ack 9001").expect(". 9001(1000)");
    }
  }

  @Test
  @Requirement({"RFC6675-5.1-04", "RFC6675-5.1-05", "RFC6675-5.1-06"})
  void noNewRecoveryStartsBeforeEverythingSentBeforeATimeoutIsAcknowledged() {
    try (Timeline t = tenInFlight()) {
      timeoutInRecovery(t);
      long sent = t.info().bytesSent();
      assertThat(t.info().cwnd()).isEqualTo(1000);
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.LOSS);
      int ssthresh = t.info().ssthresh();
      // This holds however much is sacked.
      t.after(50).inject(sack("2001:5001", "6001:7001"), sack("2001:5001", "6001:8001"),
          sack("2001:5001", "6001:9001"));
      assertThat(t.info().ssthresh()).isEqualTo(ssthresh);
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.LOSS);
      t.inject(". 1(0) ack 1001 <sack 2001:5001 6001:9001>").drop();
      t.inject(". 1(0) ack 9001").drop();
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.LOSS);
      t.inject(". 1(0) ack " + (1 + sent));
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.OPEN);
    }
  }

  @Test
  @Requirement({"RFC2018-5-05", "RFC2018-8-05", "RFC6675-4-02"})
  void dataThePeerHasReportedAndDroppedIsSentAgain() {
    try (Timeline t = tenInFlight()) {
      t.inject(sack("1001:3001")).drop();
      // The peer acknowledges data up to the sacked range, but not the range itself: it has reneged.
      t.at(150).inject(". 1(0) ack 1001").drop();
      assertThat(t.info().flight().sacked()).isZero();
      t.at(t.deadlineMillis()).expect(". 1001(1000)").inject(". 1(0) ack 2001").expect(". 2001(1000)", ". 3001(1000)");
    }
    try (Timeline t = tenInFlight()) {
      t.inject(". 1(0) ack 1 <sack 1001:3001>").drop();
      t.inject(". 1(0) ack 3001").drop();
      assertThat(t.engine().acknowledgedBytes()).isEqualTo(3000);
    }
  }

  @Test
  @Requirement("RFC9937-3-01")
  void recoverySendsNothingBeyondThePeersWindow() {
    try (Timeline t = Timeline.established(SETTINGS, "mss 1000, sackOK")) {
      t.inject(". 1(0) ack 1 win 10000").write(50_000);
      assertThat(t.drop()).isEqualTo(10);
      for (int right = 2001; right <= 10_001; right += 1000) {
        t.inject(". 1(0) ack 1 win 10000 <sack 1001:" + right + ">");
        t.drop();
      }
      assertThat(t.info().cwnd() - 1000).isGreaterThan(1000);
      assertThat(t.info().bytesSent()).isEqualTo(10_000);
    }
  }

  @Test
  @Requirement("RFC6675-5-12")
  void theScoreboardIsKeptAfterARecovery() {
    try (Timeline t = tenInFlight()) {
      t.inject(sack("1001:5001")).drop();
      t.inject(sack("1001:10001")).drop();
      long end = t.info().bytesSent();
      assertThat(end).isGreaterThan(12_000);
      t.inject(sack("1001:10001", "11001:12001")).drop();
      t.inject(". 1(0) ack 10001 <sack 11001:12001>");
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.DISORDER);
      assertThat(t.info().flight().sacked()).isEqualTo(1);
    }
  }

  @Test
  void blocksOutsideTheFlightAreIgnored() {
    try (Timeline t = tenInFlight()) {
      t.inject(sack("20001:21001"), sack("9001:11001"), sack("3001:2001"), sack("1001:1001"), sack("-5000:-4000"))
          .quiet();
      t.inject(sack("2000000001:2000001001"), sack("-2000000000:5001"), sack("1:2001")).quiet();
      assertThat(t.info().flight().sacked()).isZero();
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.OPEN);
    }
  }

  @Test
  void aBlockThatCoversPartOfASegmentLeavesTheRestMissing() {
    try (Timeline t = tenInFlight()) {
      // The first half of the second segment, 1001 to 1501, is lost too, and is sent alone.
      t.inject(sack("1501:4501")).expect(". 1(1000)", ". 1001(500)").quiet();
      assertThat(t.info().flight().sacked()).isEqualTo(4);
    }
  }

  @Test
  void tinyBlocksDoNotGrowTheScoreboard() {
    try (Timeline t = tenInFlight()) {
      for (int i = 0; i < 4900; i++) {
        t.inject(sack(2 * i + 3 + ":" + (2 * i + 4)));
      }
      assertThat(t.info().flight().unacked()).isLessThan(200);
    }
  }

  @Test
  @Requirement({"RFC2883-5-01", "RFC2883-5-02"})
  void duplicatesAreRecognised() {
    try (Timeline t = tenInFlight()) {
      t.inject(". 1(0) ack 4001").drop();
      // A block below the acknowledgement number of the same segment.
      t.inject(". 1(0) ack 4001 <sack 1001:2001>");
      assertThat(t.info().transfer().delivery().dsackDups()).isEqualTo(1);
      // A block within the second block.
      t.inject(". 1(0) ack 4001 <sack 5001:6001 5001:7001>").drop();
      assertThat(t.info().transfer().delivery().dsackDups()).isEqualTo(2);
      assertThat(t.info().flight().sacked()).isEqualTo(2);
      // An old segment that was overtaken: its block lies above its own acknowledgement number, wherever SND.UNA is.
      t.inject(". 1(0) ack 1001 <sack 2001:3001>");
      assertThat(t.info().transfer().delivery().dsackDups()).isEqualTo(2);
    }
  }

  @Test
  @Requirement("RFC6675-6-01")
  void theFirstRetransmissionRestartsTheTimer() {
    try (Timeline t = tenInFlight()) {
      assertThat(t.deadlineMillis()).isEqualTo(1100);
      t.at(600).inject(sack("1001:4001")).drop();
      assertThat(t.deadlineMillis()).isEqualTo(1600);
    }
  }

  @Test
  void aSegmentReportedOutOfOrderGivesARoundTripSample() {
    try (Timeline t = tenInFlight()) {
      Duration before = t.info().srtt();
      t.at(500).inject(sack("1001:2001"));
      assertThat(t.info().srtt()).isGreaterThan(before);
    }
  }
}
