package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpSettings.MtuProbing;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Path MTU discovery with segments of the connection itself (RFC 4821), on a time line. */
class MtuProbingTest {

  private static final TcpSettings SACK = Timeline.PLAIN.withTimers(timers -> timers.withNoDelay(true))
      .withWire(wire -> wire.withSelectiveAcknowledgment(true))
      .withRecovery(recovery -> recovery.withTailLossProbe(false))
      .withProbing(probing -> probing.withMtuProbing(MtuProbing.ALWAYS));
  private static final TcpSettings NO_SACK = SACK.withWire(wire -> wire.withSelectiveAcknowledgment(false));
  private static final TcpSettings BLACK_HOLE = NO_SACK
      .withProbing(probing -> probing.withMtuProbing(MtuProbing.ON_BLACK_HOLE))
      .withRecovery(recovery -> recovery.withForwardRto(false));

  /** Fills a window of ten segments of 984 octets, of which the first is the probe. */
  private static Timeline probing(TcpSettings settings) {
    Timeline t = Timeline.established(settings);
    t.write(30_000).expect(". 1(1460)");
    for (int i = 0; i < 8; i++) {
      t.expect(". " + (1461 + 984 * i) + "(984)");
    }
    return t.quiet();
  }

  private static int window(Timeline t) {
    return t.info().congestion().cwnd();
  }

  @Test
  @Requirement({"RFC4821-7.5-01", "RFC4821-7.4-01", "RFC4821-5.1-01"})
  void onlyTheProbeIsLargerThanTheSegmentSize() {
    try (Timeline t = probing(SACK)) {
      assertThat(t.info().mss()).isEqualTo(984);
      assertThat(t.engine().packetFields().dontFragment()).isTrue();
    }
  }

  @Test
  @Requirement({"RFC9293-3.7.2-01", "RFC4821-7.6.1-01", "RFC4821-4-09"})
  void aProbeThatArrivesRaisesTheSize() {
    try (Timeline t = probing(SACK)) {
      int before = window(t);
      t.at(200).inject(". 1(0) ack 1461");
      assertThat(t.info().mss()).isEqualTo(1460);
      assertThat(t.info().sizes().pmtu()).isEqualTo(1500);
      // Slow start counts the acknowledged octets; the larger size does not add to it.
      assertThat(window(t)).isLessThanOrEqualTo(before + 1460);
      t.expect(". 9333(1460)");
    }
  }

  @Test
  @Requirement({"RFC8899-3-17", "RFC8899-3-18"})
  void aLargerSizeLeavesTheWindowInOctetsAsItIs() {
    try (Timeline t = probing(SACK)) {
      int before = window(t);
      t.at(200).inject(". 1(0) ack 1461");
      assertThat(t.info().mss()).isEqualTo(1460);
      // Slow start adds a segment; the window does not grow from ten segments of 984 to ten of 1460.
      assertThat(window(t)).isEqualTo(before + 984);
      assertThat(window(t) / 1460).isLessThan(before / 984);
      t.drop();
    }
  }

  @Test
  @Requirement({"RFC4821-7.6.2-01", "RFC4821-6.1-01", "RFC4821-4-03"})
  void aProbeLossFoundBySackIsNotCongestion() {
    try (Timeline t = probing(SACK)) {
      int before = window(t);
      int threshold = t.info().congestion().ssthresh();
      t.at(200).inject(". 1(0) ack 1 <sack 1461:2445>", ". 1(0) ack 1 <sack 1461:3429>");
      t.drop();
      t.inject(". 1(0) ack 1 <sack 1461:4413>");
      // The probe's data is sent again in ordinary segments.
      t.expect(". 1(984)", ". 985(476)");
      assertThat(window(t)).isEqualTo(before);
      assertThat(t.info().congestion().ssthresh()).isEqualTo(threshold);
      assertThat(t.info().mss()).isEqualTo(984);
      t.drop();
      t.at(300).inject(". 1(0) ack 9333");
      assertThat(window(t)).isGreaterThanOrEqualTo(before);
    }
  }

  @Test
  @Requirement({"RFC4821-7.6.2-01", "RFC4821-4-05"})
  void aProbeLossFoundByDuplicatesIsNotCongestion() {
    try (Timeline t = probing(NO_SACK)) {
      int before = window(t);
      t.at(200).inject(". 1(0) ack 1", ". 1(0) ack 1");
      t.drop();
      t.inject(". 1(0) ack 1").expect(". 1(984)", ". 985(476)");
      assertThat(window(t)).isEqualTo(before);
      t.drop();
      t.at(300).inject(". 1(0) ack 9333");
      assertThat(window(t)).isGreaterThanOrEqualTo(before);
    }
  }

  @Test
  @Requirement({"RFC4821-4-06", "RFC4821-7.6.4-01", "RFC4821-7.6-01"})
  void aProbeLostBesideOtherSegmentsIsCongestion() {
    try (Timeline t = probing(SACK)) {
      int before = window(t);
      // The segment behind the probe is missing too.
      t.at(200).inject(". 1(0) ack 1 <sack 2445:3429>", ". 1(0) ack 1 <sack 2445:4413>");
      t.drop();
      t.inject(". 1(0) ack 1 <sack 2445:5397>", ". 1(0) ack 1 <sack 2445:6381>");
      assertThat(t.info().congestion().ssthresh()).isLessThan(before);
    }
  }

  @Test
  @Requirement({"RFC4821-4-07", "RFC4821-7.6.2-05", "RFC4821-7.6.2-06"})
  void theNextProbeWaitsARoundTripForEachSegmentOfTheWindow() {
    try (Timeline t = probing(SACK)) {
      t.at(200).inject(". 1(0) ack 1 <sack 1461:4413>");
      t.drop();
      long failedAt = t.nowMillis();
      t.at(300).inject(". 1(0) ack 9333");
      int sent = 9333;
      boolean probed = false;
      for (int round = 4; round < 40 && !probed; round++) {
        if (t.engine().writableBytes() > 30_000) {
          t.write(30_000);
        }
        for (String segment = t.next(); segment != null; segment = t.next()) {
          int length = Integer.parseInt(segment.substring(segment.indexOf('(') + 1, segment.indexOf(')')));
          int seq = Integer.parseInt(segment.substring(segment.indexOf(' ') + 1, segment.indexOf('(')));
          probed |= length > 984;
          sent = Math.max(sent, seq + length);
        }
        if (probed) {
          // At least one round trip for each segment in the smallest window of this test.
          assertThat(t.nowMillis() - failedAt).isGreaterThanOrEqualTo(9 * 100);
        } else {
          t.at(100L * round).inject(". 1(0) ack " + sent);
        }
      }
      assertThat(probed).isTrue();
    }
  }

  @Test
  @Requirement({"RFC4821-7.4-02", "RFC4821-7.4-03"})
  void noProbeIsSentWithoutEnoughDataToFollow() {
    try (Timeline t = Timeline.established(SACK)) {
      t.write(1460 + 4 * 984 - 985).expect(". 1(984)", ". 985(984)", ". 1969(984)", ". 2953(984)", "P. 3937(475)")
          .quiet();
    }
  }

  @Test
  @Requirement({"RFC4821-7.1-05", "RFC4821-4-04", "RFC4821-7.6.2-04"})
  void theLossOfALargeNonProbeSegmentIsOnlyCongestion() {
    // No size was probed here; a packet of any size would prove it by arriving.
    try (Timeline t = Timeline
        .established(SACK.withProbing(probing -> probing.withMtuProbing(MtuProbing.ON_BLACK_HOLE)))) {
      t.write(14_600);
      assertThat(t.drop()).isEqualTo(10);
      int before = window(t);
      t.at(200).inject(". 1(0) ack 1 <sack 1461:2921>", ". 1(0) ack 1 <sack 1461:4381>",
          ". 1(0) ack 1 <sack 1461:5841>").expect(". 1(1460)");
      assertThat(t.info().congestion().ssthresh()).isLessThan(before);
      assertThat(t.info().mss()).isEqualTo(1460);
      assertThat(t.info().sizes().pmtu()).isEqualTo(1500);
      t.drop();
    }
  }

  @Test
  @Requirement({"RFC4821-7.4-05", "RFC4821-7.4-04"})
  void dataIsHeldBackForAProbeOnlyWhileAcknowledgementsAreOutstanding() {
    try (
        Timeline t = Timeline.established(SACK.withCongestion(congestion -> congestion.withInitialWindowSegments(7)))) {
      // Too little data for a probe, but six of the window's seven segments.
      t.write(984 * 5).drop();
      t.write(984).expect("P. 4921(984)").quiet();
      // The window has room for one more ordinary segment, but not for a probe.
      t.at(150).write(30_000).quiet();
      // The first acknowledgement makes room for it.
      t.at(200).inject(". 1(0) ack 985").expect(". 5905(1460)", ". 7365(984)");
      t.drop();
    }
    // A window that is too small for any probe is filled with ordinary segments.
    try (
        Timeline t = Timeline.established(SACK.withCongestion(congestion -> congestion.withInitialWindowSegments(4)))) {
      t.write(30_000).expect(". 1(984)", ". 985(984)", ". 1969(984)", ". 2953(984)").quiet();
    }
  }

  @Test
  @Requirement({"RFC4821-7.6.3-01", "RFC4821-7.6-01"})
  void aProbeThatTimesOutIsCongestionAndFailed() {
    try (Timeline t = probing(SACK)) {
      int before = window(t);
      t.jump().expect(". 1(984)");
      assertThat(window(t)).isLessThan(before);
      assertThat(t.info().mss()).isEqualTo(984);
    }
  }

  @Test
  @Requirement({"RFC4821-7.6.2-03", "RFC8201-5.4-04"})
  void aReportAboutTheProbeDoesNotReduceTheWindow() {
    try (Timeline t = probing(SACK)) {
      int before = window(t);
      t.pathMtu(1400, 1).expect(". 1(984)", ". 985(476)");
      assertThat(window(t)).isEqualTo(before);
      assertThat(t.info().mss()).isEqualTo(984);
      t.drop();
      t.at(300).inject(". 1(0) ack 9333").write(30_000);
      // The size that the router reported is tried next, and none above it.
      String first = t.next();
      assertThat(first).isNotNull();
      int length = Integer.parseInt(first.substring(first.indexOf('(') + 1, first.indexOf(')')));
      assertThat(length).isLessThanOrEqualTo(1360);
      t.drop();
    }
  }

  @Test
  @Requirement({"RFC4821-7.7-02", "RFC4821-7.7-03", "RFC4821-4-10"})
  void repeatedTimeoutsReduceTheSizeOfFullSegments() {
    try (Timeline t = Timeline.established(BLACK_HOLE)) {
      t.write(2920).expect(". 1(1460)", "P. 1461(1460)");
      t.jump().expect(". 1(1460)").jump().expect(". 1(1460)");
      t.jump().expect(". 1(984)");
      assertThat(t.info().sizes().pmtu()).isEqualTo(1024);
      t.jump().expect(". 1(472)");
      t.jump().expect(". 1(216)");
      t.jump().expect(". 1(88)");
      t.jump().expect(". 1(88)");
    }
  }

  /**
   * Sends four full segments into a path that drops everything, up to the third timeout, which sends a smaller segment.
   */
  private static Timeline stopped(TcpSettings settings) {
    Timeline t = Timeline.established(settings.withProbing(probing -> probing.withMtuProbing(MtuProbing.ON_BLACK_HOLE))
        .withRecovery(recovery -> recovery.withForwardRto(false)));
    t.write(5840).expect(". 1(1460)", ". 1461(1460)", ". 2921(1460)", "P. 4381(1460)");
    t.jump().expect(". 1(1460)").jump().expect(". 1(1460)");
    return t.jump().expect(". 1(984)");
  }

  @Test
  void anAcknowledgedTrialAfterAnOutageRestoresTheFullSize() {
    try (Timeline t = stopped(SACK)) {
      // The trial is the last segment, so its loss would not delay the acknowledgement of others.
      t.after(100).inject(". 1(0) ack 985").expect("P. 4381(1460)", ". 985(476)", ". 1461(984)", ". 2445(476)").quiet();
      t.after(100).inject(". 1(0) ack 2921 <sack 4381:5841>");
      assertThat(t.info().sizes().pmtu()).isEqualTo(1500);
      t.expect(". 2921(1460)").quiet();
      t.after(100).inject(". 1(0) ack 5841").write(1460).expect("P. 5841(1460)");
    }
    try (Timeline t = stopped(NO_SACK)) {
      // The trial is the first segment, so its acknowledgement shows immediately.
      t.after(100).inject(". 1(0) ack 985").expect(". 985(1460)", ". 2445(476)", ". 2921(984)", ". 3905(476)").quiet();
      t.after(100).inject(". 1(0) ack 4381").expect("P. 4381(1460)").quiet();
      assertThat(t.info().sizes().pmtu()).isEqualTo(1500);
    }
  }

  @Test
  void aTrialRestoresTheSizeOverIpv6AndWithJumboFrames() {
    for (boolean v6 : new boolean[] {true, false}) {
      int mtu = v6 ? 1500 : 9000;
      int mss = mtu - (v6 ? 60 : 40);
      int least = v6 ? 1220 : 984;
      TcpSettings settings = SACK.withProbing(probing -> probing.withMtuProbing(MtuProbing.ON_BLACK_HOLE))
          .withRecovery(recovery -> recovery.withForwardRto(false));
      try (Timeline t = Timeline.active(settings, v6 ? Timeline.FLOW6 : Timeline.FLOW, mtu, 1000, 5000)
          .handshake("mss " + mss + ", sackOK")) {
        t.write(2 * mss).drop();
        t.jump().drop();
        t.jump().drop();
        t.jump().expect(". 1(" + least + ")");
        assertThat(t.info().sizes().pmtu()).isEqualTo(v6 ? 1280 : 1024);
        t.after(100).inject(". 1(0) ack " + (1 + least)).expect("P. " + (1 + mss) + "(" + mss + ")");
        t.drop();
        t.after(100).inject(". 1(0) ack " + (2 + least) + " <sack " + (1 + mss) + ":" + (1 + 2 * mss) + ">");
        assertThat(t.info().sizes().pmtu()).isEqualTo(mtu);
        t.drop();
      }
    }
  }

  @Test
  @Requirement("RFC4821-7.7-02")
  void aLostTrialKeepsTheSmallSize() {
    try (Timeline t = stopped(SACK)) {
      t.after(100).inject(". 1(0) ack 985").expect("P. 4381(1460)", ". 985(476)", ". 1461(984)", ". 2445(476)");
      t.after(100).inject(". 1(0) ack 2921").expect(". 2921(984)", ". 3905(476)", ". 4381(984)");
      assertThat(t.info().sizes().pmtu()).isEqualTo(1024);
    }
    try (Timeline t = stopped(NO_SACK)) {
      t.after(100).inject(". 1(0) ack 985").expect(". 985(1460)", ". 2445(476)", ". 2921(984)", ". 3905(476)");
      // The first duplicate shows the loss; no retransmission timeout is needed.
      t.after(100).inject(". 1(0) ack 985").expect(". 985(984)");
      assertThat(t.info().sizes().pmtu()).isEqualTo(1024);
      t.drop();
    }
  }

  @Test
  void newDataIsTheTrialIfOnlyAcknowledgementsWereLost() {
    for (TcpSettings settings : new TcpSettings[] {SACK, NO_SACK}) {
      for (boolean passes : new boolean[] {true, false}) {
        try (Timeline t = stopped(settings)) {
          // Segments that arrived before the outage are no evidence about the present path.
          t.after(100).inject(". 1(0) ack 5841").write(14_600).expect(". 5841(1460)", ". 7301(984)").drop();
          boolean sack = settings.wire().selectiveAcknowledgment();
          t.after(100).inject(". 1(0) ack " + (passes ? "8285" : sack ? "5841 <sack 7301:8285>" : "5841"));
          assertThat(t.info().sizes().pmtu()).isEqualTo(passes ? 1500 : 1024);
          assertThat(t.next()).contains(passes ? "(1460)" : "(984)");
          t.drop();
        }
      }
    }
  }

  @Test
  void aTrialOfNewDataHasACompanionThatRevealsItsLoss() {
    for (TcpSettings settings : new TcpSettings[] {SACK, NO_SACK}) {
      for (boolean passes : new boolean[] {true, false}) {
        try (Timeline t = Timeline.established(settings.withTimers(timers -> timers.withNoDelay(false))
            .withProbing(probing -> probing.withMtuProbing(MtuProbing.ON_BLACK_HOLE))
            .withRecovery(recovery -> recovery.withForwardRto(false)))) {
          t.write(1460).expect("P. 1(1460)").jump().expect("P. 1(1460)").jump().expect("P. 1(1460)");
          t.jump().expect(". 1(984)").after(100).inject(". 1(0) ack 985").expect("P. 985(476)");
          t.after(100).inject(". 1(0) ack 1461").quiet();
          // One message of the size that got stuck is sent as a segment of all octets but one, and the last octet
          // follows without waiting for an acknowledgement.
          t.write(1460).expect(". 1461(1459)", "P. 2920(1)").quiet();
          boolean sack = settings.wire().selectiveAcknowledgment();
          String answer = passes ? "ack 2921" : sack ? "ack 1461 <sack 2920:2921>" : "ack 1461";
          int window = window(t);
          t.after(100).inject(". 1(0) " + answer);
          assertThat(t.info().sizes().pmtu()).isEqualTo(passes ? 1500 : 1024);
          // RFC 4821 7.6.2: no sign of congestion.
          assertThat(window(t)).isGreaterThanOrEqualTo(window);
          if (!passes) {
            t.expect(". 1461(984)");
          }
          t.drop();
        }
      }
    }
  }

  @Test
  void smallerMessagesRestoreTheSizeStepByStep() {
    try (Timeline t = stopped(SACK)) {
      // The trial decides nothing, because it is sent again in pieces; after it only smaller messages are written.
      t.after(100).inject(". 1(0) ack 985").drop();
      t.jump().drop();
      t.after(100).inject(". 1(0) ack 5841");
      t.write(1200).expect(". 5841(1199)", "P. 7040(1)").after(100).inject(". 1(0) ack 7041");
      t.write(1200).expect("P. 7041(1200)").after(100).inject(". 1(0) ack 8241");
      t.write(1460).expect(". 8241(1459)", "P. 9700(1)").after(100).inject(". 1(0) ack 9701");
      t.write(1460).expect("P. 9701(1460)");
      assertThat(t.info().sizes().pmtu()).isEqualTo(1500);
    }
  }

  @Test
  void aTrialThatIsSpoiledTwiceCountsAsLost() {
    try (Timeline t = stopped(NO_SACK)) {
      // One segment gets through, and then nothing is acknowledged until the timer expires.
      t.after(100).inject(". 1(0) ack 985").expect(". 985(1460)").drop();
      t.jump().expect(". 985(984)").after(100).inject(". 1(0) ack 1969").expect(". 1969(1460)").drop();
      t.jump().expect(". 1969(984)").after(100).inject(". 1(0) ack 2953").expect(". 2953(476)").drop();
      t.after(100).inject(". 1(0) ack 5841").write(1460).expect(". 5841(984)");
      assertThat(t.info().sizes().pmtu()).isEqualTo(1024);
      t.drop();
    }
  }

  @Test
  @Requirement({"RFC4821-7.7-01", "RFC4821-7.1-01"})
  void timeoutsOfSmallSegmentsDoNotReduceTheSize() {
    try (Timeline t = Timeline.established(BLACK_HOLE)) {
      t.write(500).expect("P. 1(500)");
      for (int i = 0; i < 6; i++) {
        t.jump().expect("P. 1(500)");
      }
      assertThat(t.info().sizes().pmtu()).isEqualTo(1500);
    }
  }

  @Test
  @Tag("many")
  @Requirement("RFC4821-7.7-02")
  void findsTheLargestSizeThatPassesABlackHole() {
    try (Timeline t = Timeline.established(BLACK_HOLE)) {
      int path = 1400;
      t.write(1460).expect("P. 1(1460)").jump().drop();
      t.jump().drop();
      t.jump().expect(". 1(984)");
      t.after(100).inject(". 1(0) ack 985");
      int acknowledged = 985;
      int largest = 0;
      for (int round = 0; round < 4000; round++) {
        if (t.engine().writableBytes() > 100_000) {
          t.write(100_000);
        }
        int end = acknowledged;
        boolean hole = false;
        int behindHole = 0;
        for (String segment = t.next(); segment != null; segment = t.next()) {
          int seq = Integer.parseInt(segment.substring(segment.indexOf(' ') + 1, segment.indexOf('(')));
          int length = Integer.parseInt(segment.substring(segment.indexOf('(') + 1, segment.indexOf(')')));
          if (length + 40 > path) {
            hole = true;
          } else if (seq == end && !hole) {
            end = seq + length;
            largest = Math.max(largest, length + 40);
          } else {
            behindHole++;
          }
          if (hole && seq <= end && seq + length > end && length + 40 <= path) {
            end = seq + length;
          }
        }
        if (hole) {
          // Everything but the probe arrives: segments before it are acknowledged, segments behind it draw duplicates.
          t.after(100);
          if (end > acknowledged) {
            t.inject(". 1(0) ack " + end);
          }
          for (int i = 0; i < Math.min(3, behindHole); i++) {
            t.inject(". 1(0) ack " + end);
          }
          for (String segment = t.next(); segment != null; segment = t.next()) {
            // These are the pieces of the probe.
          }
          end = t.engine().sndNxt() - t.iss;
        }
        acknowledged = end;
        t.after(100).inject(". 1(0) ack " + acknowledged);
      }
      assertThat(largest).as(t.info() + " " + acknowledged + " " + t.nowMillis())
          .isBetween(path - PathMtuSearch.THRESHOLD, path);
      assertThat(t.info().sizes().pmtu()).isEqualTo(largest);
      t.drop();
    }
  }

  @Test
  @Requirement({"RFC4821-7.8-01", "RFC4821-7.8-03", "RFC4821-7.8-04"})
  void aTimeoutAfterARaiseRestoresTheFormerSize() {
    try (Timeline t = probing(SACK)) {
      t.at(200).inject(". 1(0) ack 9333");
      assertThat(t.info().mss()).isEqualTo(1460);
      assertThat(t.drop()).isGreaterThan(6);
      // No segment of that size arrives.
      t.jump();
      assertThat(t.info().mss()).isEqualTo(984);
      t.expect(". 9333(984)");
    }
  }

  @Test
  void withoutProbingTheSizeDoesNotChange() {
    try (Timeline t = Timeline.established(SACK.withProbing(probing -> probing.withMtuProbing(MtuProbing.OFF)))) {
      t.write(2920).expect(". 1(1460)", "P. 1461(1460)");
      for (int i = 0; i < 6; i++) {
        t.jump().expect(". 1(1460)");
      }
    }
  }
}
