package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpSettings.MtuProbing;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

/**
 * A full stop: the smaller segments that follow it, and the full-sized one that distinguishes an outage from a black
 * hole (RFC 4821 section 7.7).
 */
class BlackHoleTest {

  private static final TcpSettings SACK = Timeline.PLAIN.withTimers(timers -> timers.withNoDelay(true))
      .withWire(wire -> wire.withSelectiveAcknowledgment(true))
      .withRecovery(recovery -> recovery.withTailLossProbe(false).withForwardRto(false))
      .withProbing(probing -> probing.withMtuProbing(MtuProbing.ON_BLACK_HOLE));
  private static final TcpSettings NO_SACK = SACK.withWire(wire -> wire.withSelectiveAcknowledgment(false));

  /**
   * Sends four full segments into a path that drops everything, up to the third timeout, which sends a smaller segment.
   */
  private static Timeline stopped(TcpSettings settings) {
    Timeline t = Timeline.established(settings);
    t.write(5840).expect(". 1(1460)", ". 1461(1460)", ". 2921(1460)", "P. 4381(1460)");
    t.jump().expect(". 1(1460)").jump().expect(". 1(1460)");
    return t.jump().expect(". 1(984)");
  }

  @Test
  void linkUpRestoresTheFullSegmentSize() {
    for (TcpSettings settings : new TcpSettings[] {SACK, NO_SACK}) {
      try (Timeline t = stopped(settings)) {
        assertThat(t.info().sizes().pmtu()).isEqualTo(1024);
        t.after(100).linkUp();
        assertThat(t.info().sizes().pmtu()).isEqualTo(1500);
        // The piece that was cut off fits into the window; then the timer expires immediately for everything in flight.
        t.expect(". 985(476)");
        assertThat(t.deadlineMillis()).isEqualTo(t.nowMillis());
        t.jump().expect(". 1(984)", ". 985(476)").quiet();
        t.after(100).inject(". 1(0) ack 1461").expect(". 1461(1460)", ". 2921(1460)");
      }
    }
  }

  @Test
  void aLinkThatComesBackBeforeAnythingTimedOutChangesNothing() {
    try (Timeline t = Timeline.established(SACK)) {
      t.write(1460).expect("P. 1(1460)").after(100).linkUp();
      assertThat(t.deadlineMillis()).isEqualTo(1100);
    }
  }

  @Test
  void timeoutsDuringALinkOutageDoNotDoubleTheTimer() {
    try (Timeline t = Timeline.established(SACK)) {
      t.write(100).expect("P. 1(100)").jump().expect("P. 1(100)").jump().expect("P. 1(100)");
      t.at(4000).linkUp().jump().expect("P. 1(100)");
      assertThat(t.nowMillis()).isEqualTo(4000);
      // The next timeout is one RTO, not doubled.
      assertThat(t.deadlineMillis()).isEqualTo(6000);
    }
  }

  @Test
  @Requirement("RFC4821-7.7-02")
  void aSecondFullStopFallsBackLikeTheFirst() {
    try (Timeline t = stopped(SACK)) {
      // The first full stop was an outage.
      t.after(100).inject(". 1(0) ack 985").expect("P. 4381(1460)", ". 985(476)", ". 1461(984)", ". 2445(476)").quiet();
      t.after(100).inject(". 1(0) ack 2921 <sack 4381:5841>").expect(". 2921(1460)").quiet();
      t.after(100).inject(". 1(0) ack 5841").write(2920).expect(". 5841(1460)", "P. 7301(1460)");
      t.jump().expect(". 5841(1460)").jump().expect(". 5841(1460)").jump().expect(". 5841(984)");
      assertThat(t.info().sizes().pmtu()).isEqualTo(1024);
    }
  }

  @Test
  @Requirement({"RFC4821-7.7-02", "RFC4821-7.1-04"})
  void afterAFullStopSegmentsAreAsLargeAsTheLargestThatHasArrived() {
    try (Timeline t = Timeline.established(SACK)) {
      t.write(1360).expect("P. 1(1360)").at(200).inject(". 1(0) ack 1361");
      t.write(1460).expect("P. 1361(1460)").jump().expect("P. 1361(1460)").jump().expect("P. 1361(1460)");
      t.jump().expect(". 1361(1360)");
      assertThat(t.info().sizes().pmtu()).isEqualTo(1400);
    }
  }

  @Test
  @Requirement("RFC4821-7.7-02")
  void segmentsThatAreAlreadySmallDoNotShrink() {
    try (Timeline t = Timeline.established(SACK)) {
      // Its packet has 1024 bytes.
      t.write(984).expect("P. 1(984)");
      for (int i = 0; i < 5; i++) {
        t.jump().expect("P. 1(984)");
      }
      assertThat(t.info().sizes().pmtu()).isEqualTo(1500);
    }
    try (Timeline t = Timeline.established(SACK)) {
      t.write(985).expect("P. 1(985)").jump().expect("P. 1(985)").jump().expect("P. 1(985)").jump().expect(". 1(984)");
    }
  }

  @Test
  @Requirement({"RFC8201-4-04", "RFC4821-7.6.2-03"})
  void aReportAfterAFullStopEndsTheTrial() {
    try (Timeline t = stopped(SACK)) {
      t.pathMtu(900, 1).drop();
      t.after(100).inject(". 1(0) ack 985");
      for (String sent = t.next(); sent != null; sent = t.next()) {
        assertThat(sent).doesNotContain("(1460)");
      }
    }
  }

  @Test
  void theLastRemainingSegmentIsTheTrialIfNewDataFollows() {
    try (Timeline t = stopped(SACK)) {
      t.after(100).inject(". 1(0) ack 4381").write(100);
      t.expect("P. 4381(1460)", "P. 5841(100)").quiet();
    }
    try (Timeline t = stopped(NO_SACK)) {
      t.after(100).inject(". 1(0) ack 4381").write(100);
      t.expect("P. 4381(1460)", "P. 5841(100)").quiet();
    }
    // Without a companion its loss would be detected only by a timeout.
    for (TcpSettings settings : new TcpSettings[] {SACK, NO_SACK}) {
      try (Timeline t = stopped(settings)) {
        t.after(100).inject(". 1(0) ack 4381").expect(". 4381(984)");
      }
    }
  }

  @Test
  @Requirement({"SHLD-16", "MUST-34"})
  void aTrialStaysInsideThePeersWindow() {
    try (Timeline t = stopped(SACK)) {
      // The window has shrunk: its edge lies inside the last segment.
      t.after(100).inject(". 1(0) ack 985 win 4855").expect(". 985(476)").drop();
      assertThat(t.info().sizes().pmtu()).isEqualTo(1024);
    }
    try (Timeline t = stopped(SACK)) {
      t.after(100).inject(". 1(0) ack 985 win 4856").expect("P. 4381(1460)");
    }
  }

  @Test
  @Requirement("RFC8201-5.4-01")
  void theOptionsOfATrialAreAPartOfIt() {
    try (Timeline t = stopped(SACK)) {
      // The SACK option takes 12 octets of the size that got stuck.
      t.inject(". 11(10) ack 1").expect(". 5841(0) ack 1 <sack 11:21>");
      t.after(100).inject(". 21(0) ack 985").expect(". 4381(1448) <sack 11:21>").drop();
    }
  }

  @Test
  void theCompanionOfATrialDoesNotWaitForNagle() {
    try (Timeline t = Timeline.established(SACK.withTimers(timers -> timers.withNoDelay(false)))) {
      t.write(1460).expect("P. 1(1460)").jump().expect("P. 1(1460)").jump().expect("P. 1(1460)");
      t.jump().expect(". 1(984)").after(100).inject(". 1(0) ack 985").expect("P. 985(476)");
      t.after(100).inject(". 1(0) ack 1461").quiet();
      // A small segment is in flight.
      t.write(10).expect("P. 1461(10)").write(1460).expect(". 1471(1459)", "P. 2930(1)").quiet();
    }
  }

  @Test
  void aTrialOfNewDataCountsDataInFlightAgainstTheWindow() {
    try (Timeline t = stopped(NO_SACK)) {
      // Only acknowledgements were lost; the window is two small segments.
      t.after(100).inject(". 1(0) ack 5841");
      int window = t.info().cwnd();
      t.write(900).expect("P. 5841(900)");
      t.write(10_000);
      if (window - 900 < 1460) {
        t.quiet();
        t.after(100).inject(". 1(0) ack 6741").expect(". 6741(1460)");
      } else {
        t.expect(". 6741(1460)");
      }
      t.drop();
    }
  }

  @Test
  void aTrialWaitsForRoomInTheCongestionWindow() {
    for (TcpSettings settings : new TcpSettings[] {SACK, NO_SACK}) {
      try (Timeline t = stopped(settings)) {
        // A part of the small segment is still in flight, and the window has grown by the other part.
        t.after(100).inject(". 1(0) ack 501").expect(". 985(476)").quiet();
        t.after(100).inject(". 1(0) ack 1461");
        assertThat(t.next()).contains("(1460)");
        t.drop();
      }
    }
  }

  @Test
  void timestampsShowThatOnlyAcknowledgementsWereLost() {
    TcpSettings stamped = SACK.withWire(wire -> wire.withTimestamps(true));
    for (int ack : new int[] {1449, 973}) {
      try (Timeline t = Timeline.established(stamped)) {
        t.write(1448).expect("P. 1(1448)").jump().expect("P. 1(1448)").jump().expect("P. 1(1448)");
        t.jump().expect(". 1(972)").after(100).inject(". 1(0) ack " + ack + " <ts 2 7300>");
        // The end of the segment was sent only in the large packet.
        assertThat(t.info().sizes().pmtu()).isEqualTo(ack == 1449 ? 1500 : 1024);
        t.drop();
      }
    }
  }

  @Test
  @Requirement({"RFC4821-7.7-02", "RFC4821-7.7-03"})
  void aTrialThatTimesOutTwiceCountsAsLost() {
    try (Timeline t = stopped(SACK)) {
      int seq = 985;
      t.after(100).inject(". 1(0) ack " + seq).expect("P. 4381(1460)").drop();
      for (int trials = 1; trials < 3; trials++) {
        // None of these segments arrives.
        t.jump().drop();
        seq += 476;
        t.after(100).inject(". 1(0) ack " + seq);
        String first = t.next();
        assertThat(first.contains("(1460)")).as("trial after %d failures: %s", trials, first).isEqualTo(trials < 2);
        t.drop();
      }
      assertThat(t.info().sizes().pmtu()).isEqualTo(1024);
    }
  }

  @Test
  void aDuplicateWithinARoundTripDoesNotDecideTheTrial() {
    try (Timeline t = stopped(NO_SACK)) {
      t.after(100).inject(". 1(0) ack 985").expect(". 985(1460)", ". 2445(476)", ". 2921(984)", ". 3905(476)").quiet();
      // This duplicate answers a segment sent before the trial.
      t.after(99).inject(". 1(0) ack 985").quiet();
      t.after(1).inject(". 1(0) ack 985").expect(". 985(984)");
      t.drop();
    }
  }

  @Test
  @Requirement({"RFC4821-7.7-02", "RFC4821-7.6.2-01"})
  void theSearchContinuesAfterALostTrial() {
    for (TcpSettings settings : new TcpSettings[] {SACK, NO_SACK}) {
      try (Timeline t = Timeline.established(settings)) {
        t.write(1460).expect("P. 1(1460)").jump().expect("P. 1(1460)").jump().expect("P. 1(1460)");
        t.jump().expect(". 1(984)").after(100).inject(". 1(0) ack 985").expect("P. 985(476)");
        t.after(100).inject(". 1(0) ack 1461").write(1460).expect(". 1461(1459)", "P. 2920(1)").quiet();
        boolean sack = settings.wire().selectiveAcknowledgment();
        int threshold = t.info().ssthresh();
        int window = t.info().cwnd();
        t.after(100).inject(sack ? ". 1(0) ack 1461 <sack 2920:2921>" : ". 1(0) ack 1461").expect(". 1461(984)");
        t.drop();
        t.after(100).inject(". 1(0) ack 2445" + (sack ? " <sack 2920:2921>" : ""));
        assertThat(t.info().ssthresh()).isEqualTo(threshold);
        t.drop();
        t.inject(". 1(0) ack 2921").quiet();
        // The loss of the trial is no sign of congestion.
        assertThat(t.info().ssthresh()).isEqualTo(threshold);
        assertThat(t.info().cwnd()).isGreaterThanOrEqualTo(window);
        // The next probe is half way between the size that passes and the one that does not.
        int largest = 0;
        for (int round = 0; round < 60; round++) {
          t.write(20_000);
          for (String sent = t.next(); sent != null; sent = t.next()) {
            largest = Math.max(largest, Integer.parseInt(sent.substring(sent.indexOf('(') + 1, sent.indexOf(')'))));
          }
          t.after(100).inject(". 1(0) ack " + (t.engine().sndNxt() - t.iss));
        }
        assertThat(largest).isGreaterThanOrEqualTo(1222);
        t.drop();
      }
    }
  }

  @Test
  @Requirement("RFC4821-7.6.2-01")
  void aTrialFoundLostByTimeIsNotCongestion() {
    try (Timeline t = Timeline.established(SACK)) {
      t.write(1460).expect("P. 1(1460)").jump().expect("P. 1(1460)").jump().expect("P. 1(1460)");
      t.jump().expect(". 1(984)").after(100).inject(". 1(0) ack 985").expect("P. 985(476)");
      t.after(100).inject(". 1(0) ack 1461").write(1460).expect(". 1461(1459)");
      // The device accepts the companion only after more than a reordering window.
      long sent = t.nowMillis();
      t.busyUntil(sent + 50).expect("P. 2920(1)").quiet();
      int threshold = t.info().ssthresh();
      int window = t.info().cwnd();
      t.busyUntil(sent + 150).inject(". 1(0) ack 1461 <sack 2920:2921>").expect(". 1461(984)");
      assertThat(t.info().sizes().pmtu()).isEqualTo(1024);
      assertThat(t.info().ssthresh()).isEqualTo(threshold);
      assertThat(t.info().cwnd()).isGreaterThanOrEqualTo(window);
      t.drop();
    }
  }
}
