package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

/** Fast retransmit, fast recovery and limited transmit (RFC 5681 section 3.2, RFC 6582, RFC 3042). */
class FastRetransmitTest {

  private static final String DUP = ". 1(0) ack 1";

  /** Ten segments of 1000 octets in flight, and more to send. */
  private static Timeline tenInFlight() {
    Timeline t = Timeline.established(Timeline.PLAIN.withTimers(timers -> timers.withNoDelay(true)), "mss 1000");
    t.write(50_000);
    assertThat(t.drop()).isEqualTo(10);
    return t;
  }

  @Test
  @Requirement({"RFC5681-3.2-03", "RFC5681-3.2-09", "RFC6582-3.2-01"})
  void theThirdDuplicateResendsTheMissingSegment() {
    try (Timeline t = tenInFlight()) {
      t.inject(DUP).drop();
      t.inject(DUP).drop();
      t.inject(DUP).expect(". 1(1000)").quiet();
      assertThat(t.info().ssthresh()).isEqualTo(5000);
      assertThat(t.info().cwnd()).isEqualTo(8000);
    }
  }

  @Test
  @Requirement({"RFC5681-3.2-04", "RFC3042-2-01", "RFC3042-2-02"})
  void theFirstTwoDuplicatesAllowOneNewSegmentEach() {
    try (Timeline t = tenInFlight()) {
      t.inject(DUP).expect(". 10001(1000)").quiet().inject(DUP).expect(". 11001(1000)").quiet();
      assertThat(t.info().cwnd()).isEqualTo(10_000);
    }
  }

  @Test
  @Requirement({"RFC5681-3.2-07", "RFC5681-3.2-08", "RFC5681-4.3-01"})
  void ssthreshIsHalfTheFlightWithoutLimitedTransmit() {
    try (Timeline t = tenInFlight()) {
      t.inject(DUP).expect(". 10001(1000)").inject(DUP).expect(". 11001(1000)").inject(DUP).drop();
      assertThat(t.info().ssthresh()).isEqualTo(5000);
    }
  }

  @Test
  @Requirement({"RFC5681-3.2-13", "RFC6582-3.2-04"})
  void recoveryInflatesTheWindowAndAFullAckEndsIt() {
    try (Timeline t = tenInFlight()) {
      t.inject(DUP, DUP, DUP).expect(". 1(1000)").quiet();
      t.inject(DUP, DUP).quiet().inject(DUP).expect(". 10001(1000)").inject(DUP).expect(". 11001(1000)").quiet();
      // Full: it acknowledges everything that was in flight when the loss was detected.
      t.inject(". 1(0) ack 10001");
      assertThat(t.info().cwnd()).isEqualTo(3000);
      t.expect(". 12001(1000)").quiet();
    }
  }

  @Test
  @Requirement({"RFC5681-3.2-10", "RFC5681-3.2-12", "RFC5681-4.3-02"})
  void eachFurtherDuplicateInflatesTheWindowByASegment() {
    try (Timeline t = tenInFlight()) {
      t.inject(DUP, DUP, DUP).expect(". 1(1000)").quiet();
      t.inject(DUP, DUP).quiet();
      assertThat(t.info().cwnd()).isEqualTo(8000 + 2000);
      t.inject(DUP).expect(". 10001(1000)").inject(DUP).expect(". 11001(1000)").quiet();
    }
  }

  @Test
  @Requirement("RFC5681-3.2-11")
  void forgedDuplicatesDoNotInflateTheWindowBeyondTheFlight() {
    try (Timeline t = tenInFlight()) {
      for (int i = 0; i < 1000; i++) {
        t.inject(DUP);
      }
      assertThat(t.info().cwnd()).isLessThanOrEqualTo(5000 + 10_000);
    }
  }

  @Test
  @Requirement({"RFC6582-3.2-06", "RFC6582-3.2-07"})
  void aPartialAckResendsTheNextHoleAndRestartsTheTimerOnce() {
    try (Timeline t = tenInFlight()) {
      t.at(150).inject(DUP, DUP, DUP).expect(". 1(1000)").quiet();
      t.at(250).inject(". 1(0) ack 3001").expect(". 3001(1000)");
      assertThat(t.info().cwnd()).isEqualTo(8000 - 3000 + 1000);
      assertThat(t.deadlineMillis()).isEqualTo(1250);
      t.drop();
      t.at(350).inject(". 1(0) ack 6001").expect(". 6001(1000)");
      assertThat(t.deadlineMillis()).isEqualTo(1250);
      t.at(450).inject(". 1(0) ack 10001");
      assertThat(t.info().cwnd()).isLessThanOrEqualTo(5000);
    }
  }

  @Test
  @Requirement({"RFC6582-3.2-03", "RFC6582-3.2-08", "RFC6582-4-01"})
  void duplicatesAfterATimeoutStartNoFastRetransmit() {
    try (Timeline t = tenInFlight()) {
      t.at(1100).expect(". 1(1000)").quiet();
      int ssthresh = t.info().ssthresh();
      t.inject(". 1(0) ack 2001").drop();
      for (int i = 0; i < 5; i++) {
        t.inject(". 1(0) ack 2001");
      }
      assertThat(t.info().ssthresh()).isEqualTo(ssthresh);
      assertThat(t.info().cwnd()).isEqualTo(2000);
    }
  }

  @Test
  @Requirement("RFC6582-3.2-02")
  void duplicatesOfDataSentAfterATimeoutStartFastRetransmit() {
    try (Timeline t = tenInFlight()) {
      t.at(1100).expect(". 1(1000)").quiet();
      t.inject(". 1(0) ack 10001").drop();
      t.inject(". 1(0) ack 12001").drop();
      t.inject(". 1(0) ack 12001").drop();
      t.inject(". 1(0) ack 12001").drop();
      t.inject(". 1(0) ack 12001").expect(". 12001(1000)");
    }
  }

  @Test
  @Requirement({"RFC5681-2-02", "RFC5681-3.2-05"})
  void onlyAPureUnchangedAckIsADuplicate() {
    try (Timeline t = tenInFlight()) {
      // Data, window updates and old acknowledgements do not count.
      t.inject("P. 1(10) ack 1", "P. 11(10) ack 1", "P. 21(10) ack 1").drop();
      t.inject(". 31(0) ack 1 win 60000", ". 31(0) ack 1 win 60001", ". 31(0) ack 1 win 60002").quiet();
      t.inject(". 31(0) ack 0 win 60002", ". 31(0) ack 0 win 60002", ". 31(0) ack 0 win 60002").quiet();
      assertThat(t.info().ssthresh()).isEqualTo(Integer.MAX_VALUE);
      t.inject(". 31(0) ack 1001 win 60002").drop();
      t.inject(". 31(0) ack 1001 win 60002", ". 31(0) ack 1001 win 60002", ". 31(0) ack 1001 win 60002");
      t.expect(". 1001(1000)");
    }
  }

  @Test
  @Requirement("RFC5681-2-02")
  void withNothingInFlightThereIsNoDuplicate() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.inject(DUP, DUP, DUP, DUP).idle();
      assertThat(t.info().ssthresh()).isEqualTo(Integer.MAX_VALUE);
    }
  }

  @Test
  @Requirement("RFC5681-4.3-05")
  void anotherLossAfterRecoveryLowersTheWindowAgain() {
    try (Timeline t = tenInFlight()) {
      t.inject(DUP, DUP, DUP).drop();
      t.inject(". 1(0) ack 10001").drop();
      int first = t.info().ssthresh();
      t.inject(". 1(0) ack 11001").drop();
      t.inject(". 1(0) ack 11001", ". 1(0) ack 11001", ". 1(0) ack 11001").expect(". 11001(1000)");
      assertThat(t.info().ssthresh()).isLessThan(first);
    }
  }

  @Test
  @Requirement("RFC9293-3.4-02")
  void sequenceNumbersWrapInRecovery() {
    try (Timeline t = Timeline
        .active(Timeline.PLAIN.withTimers(timers -> timers.withNoDelay(true)), Timeline.FLOW, 1500, -5000, 9)
        .handshake("mss 1000")) {
      t.write(50_000);
      t.drop();
      t.inject(DUP, DUP, DUP).expect(". 1(1000)").drop();
      t.inject(". 1(0) ack 5001").expect(". 5001(1000)").drop();
      t.inject(". 1(0) ack 10001").drop();
      assertThat(t.engine().acknowledgedBytes()).isEqualTo(10_000);
      assertThat(t.info().cwnd()).isLessThanOrEqualTo(5000);
    }
  }

  @Test
  @Requirement({"RFC5681-3.1-10", "RFC5681-3.1-03", "RFC6928-2-01"})
  void ackDivisionDoesNotSpeedUpSlowStart() {
    try (Timeline t = tenInFlight()) {
      assertThat(t.info().cwnd()).isEqualTo(10_000);
      for (int ack = 2; ack <= 1001; ack++) {
        t.inject(". 1(0) ack " + ack);
      }
      assertThat(t.info().cwnd()).isEqualTo(11_000);
    }
  }
}
