package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpSettings.MtuProbing;
import io.reactorstack.testing.Requirement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The conditions of a path MTU probe, and the conclusions from its arrival or loss (RFC 4821 sections 7.4 to 7.8). */
class MtuProbeTest {

  private static final TcpSettings SACK = Timeline.PLAIN.withTimers(timers -> timers.withNoDelay(true))
      .withWire(wire -> wire.withSelectiveAcknowledgment(true))
      .withRecovery(recovery -> recovery.withTailLossProbe(false))
      .withProbing(probing -> probing.withMtuProbing(MtuProbing.ALWAYS));
  /** Losses are detected by count, not by time: with fewer than three duplicates a loss is left to the timeout. */
  private static final TcpSettings COUNTED = SACK
      .withRecovery(recovery -> recovery.withRack(false).withForwardRto(false));

  /** Fills a window of ten segments of 984 octets, of which the first is the probe. */
  private static Timeline probing(TcpSettings settings) {
    Timeline t = Timeline.established(settings);
    t.write(30_000).expect(". 1(1460)");
    for (int i = 0; i < 8; i++) {
      t.expect(". " + (1461 + 984 * i) + "(984)");
    }
    return t.quiet();
  }

  /**
   * Transfers for {@code rounds} round trips of 100 ms, in which each segment is acknowledged. Returns the length of
   * the first segment longer than 984 octets, or 0.
   */
  private static int probeWithin(Timeline t, int rounds) {
    for (int round = 0; round < rounds; round++) {
      if (t.engine().writableBytes() > 30_000) {
        t.write(30_000);
      }
      List<Integer> ends = new ArrayList<>();
      for (String sent = t.next(); sent != null; sent = t.next()) {
        int length = Integer.parseInt(sent.substring(sent.indexOf('(') + 1, sent.indexOf(')')));
        if (length > 984) {
          t.drop();
          return length;
        }
        ends.add(t.engine().sndNxt() - t.iss);
      }
      t.after(100);
      ends.forEach(end -> t.inject(". 1(0) ack " + end));
    }
    return 0;
  }

  // ---- conditions of a probe

  @Test
  @Requirement({"RFC4821-7.4-02", "RFC4821-7.4-03"})
  void aProbeNeedsDataToFollowIt() {
    try (Timeline t = Timeline.established(SACK)) {
      t.write(1460 + 4 * 984).expect(". 1(1460)", ". 1461(984)").drop();
    }
    try (Timeline t = Timeline.established(SACK)) {
      t.inject(". 1(0) ack 1 win " + (1460 + 4 * 984)).write(30_000).expect(". 1(1460)", ". 1461(984)").drop();
    }
    try (Timeline t = Timeline.established(SACK)) {
      t.inject(". 1(0) ack 1 win " + (1460 + 4 * 984 - 1)).write(30_000).expect(". 1(984)", ". 985(984)").drop();
    }
  }

  @Test
  @Requirement("RFC4821-7.4-04")
  void aProbeNeedsRoomInTheCongestionWindow() {
    try (Timeline t = Timeline.established(SACK)) {
      assertThat(t.info().cwnd()).isEqualTo(9840);
      // Each portion is too small for a probe.
      t.write(4000).drop();
      t.write(9840 - 1460 - 4000).drop();
      t.write(30_000).expect(". 8381(1460)").quiet();
    }
    try (Timeline t = Timeline.established(SACK)) {
      t.write(4000).drop();
      t.write(9840 - 1459 - 4000).drop();
      t.write(30_000).quiet();
    }
  }

  @Test
  @Requirement("RFC8201-5.4-01")
  void theOptionsOfAProbeAreAPartOfIt() {
    try (Timeline t = Timeline.established(SACK)) {
      // Every segment carries a SACK option of 12 octets.
      t.inject(". 11(10) ack 1").expect(". 1(0) ack 1 <sack 11:21>");
      t.write(30_000).expect(". 1(1448) <sack 11:21>", ". 1449(972)").drop();
      t.at(200).inject(". 21(0) ack 1449");
      assertThat(t.info().sizes().pmtu()).isEqualTo(1500);
      t.drop();
    }
  }

  @Test
  @Requirement("RFC4821-7.6-01")
  void noProbeIsSentWhileALossIsSuspected() {
    try (Timeline t = Timeline.established(SACK)) {
      t.write(3000).drop();
      t.at(200).inject(". 1(0) ack 1 <sack 985:1969>").write(30_000).expect(". 3001(984)").drop();
    }
  }

  @Test
  void aProbeIsAtMostTwoSegmentsLong() {
    try (Timeline t = Timeline.active(SACK, Timeline.FLOW, 9000, 1000, 5000).handshake("mss 8960, sackOK")) {
      assertThat(probeWithin(t, 20)).isEqualTo(1968);
      t.after(100).inject(". 1(0) ack " + (t.engine().sndNxt() - t.iss));
      assertThat(t.info().sizes().pmtu()).isEqualTo(2008);
      t.drop();
    }
  }

  // ---- arrival and loss of a probe

  @Test
  @Requirement({"RFC4821-7.6.4-01", "RFC4821-4-08"})
  void anInconclusiveSizeIsTriedAgainLater() {
    try (Timeline t = probing(SACK)) {
      // The segment behind the probe is missing too.
      t.at(200).inject(". 1(0) ack 1 <sack 2445:7365>").drop();
      t.at(300).inject(". 1(0) ack 9333");
      assertThat(t.info().sizes().pmtu()).isEqualTo(1024);
      assertThat(probeWithin(t, 3)).as("not yet").isZero();
      assertThat(probeWithin(t, 30)).isEqualTo(1460);
    }
  }

  @Test
  @Requirement({"RFC4821-7.6.2-01", "RFC4821-7.6.2-02"})
  void aProbeLostByTheReorderingTimerIsNotCongestion() {
    try (Timeline t = probing(SACK)) {
      int window = t.info().cwnd();
      t.at(200).inject(". 1(0) ack 1 <sack 1461:2445>").drop();
      // A quarter of the round trip later the probe counts as lost; no other segment is missing.
      t.at(225).expect(". 1(984)", ". 985(476)");
      assertThat(t.info().cwnd()).isEqualTo(window);
      assertThat(t.info().ssthresh()).isEqualTo(Integer.MAX_VALUE);
      t.at(300).inject(". 1(0) ack " + (t.engine().sndNxt() - t.iss));
      assertThat(probeWithin(t, 100)).as("half way").isEqualTo(1222);
    }
  }

  @Test
  @Requirement({"RFC4821-7.6.3-01", "RFC4821-7.6-01"})
  void aProbeThatTimesOutWhileOthersArriveHasFailed() {
    try (Timeline t = probing(COUNTED)) {
      t.at(200).inject(". 1(0) ack 1 <sack 1461:2445>").drop();
      t.jump().expect(". 1(984)").after(100).inject(". 1(0) ack 9333").drop();
      // The pause is 5 times as long as after a loss that was detected without a timeout.
      assertThat(probeWithin(t, 4)).isZero();
      assertThat(probeWithin(t, 100)).as("half way").isEqualTo(1222);
    }
  }

  @Test
  @Requirement({"RFC4821-7.6.3-01", "RFC4821-7.7-01"})
  void aProbeThatTimesOutWithItsWindowIsRetriedOnce() {
    try (Timeline t = Timeline.established(COUNTED.withCongestion(c -> c.withInitialWindowSegments(25)))) {
      t.write(25_000).expect(". 1(1460)").drop();
      t.jump().expect(". 1(984)").after(100).inject(". 1(0) ack 985").drop();
      t.after(100).inject(". 1(0) ack " + (t.engine().sndNxt() - t.iss)).drop();
      assertThat(t.info().sizes().pmtu()).isEqualTo(1024);
      assertThat(probeWithin(t, 3)).isZero();
      assertThat(probeWithin(t, 100)).as("once more").isEqualTo(1460);
      t.jump().drop();
      t.after(100).inject(". 1(0) ack " + (t.engine().sndNxt() - t.iss)).drop();
    }
  }

  @Test
  @Requirement({"RFC4821-7.1-04", "RFC4821-7.6.1-01"})
  void aProbeResentInPiecesDoesNotRaiseTheSize() {
    try (Timeline t = probing(COUNTED)) {
      // The acknowledgement covers octets that were sent only in the probe, yet it does not raise the size.
      t.jump().expect(". 1(984)").after(10).inject(". 1(0) ack 9333");
      assertThat(t.info().mss()).isEqualTo(984);
      t.drop();
    }
  }

  @Test
  @Requirement({"RFC4821-7.1-04", "RFC4821-7.6.1-01"})
  void aLateProbeRaisesTheSizeIfNotResent() {
    // Its timeout has passed, but the device accepted no segment, so nothing was sent again.
    try (Timeline t = probing(COUNTED)) {
      t.at(1100).inject(". 1(0) ack 9333");
      assertThat(t.info().mss()).isEqualTo(1460);
      t.drop();
    }
    // It was marked as lost together with another segment.
    try (Timeline t = probing(SACK)) {
      t.at(200).inject(". 1(0) ack 1 <sack 2445:7365>").inject(". 1(0) ack 9333");
      assertThat(t.info().mss()).isEqualTo(1460);
      t.drop();
    }
  }

  @Test
  @Requirement("RFC4821-7.8-01")
  void aTimeoutOfASmallSegmentDoesNotUndoARaise() {
    try (Timeline t = Timeline.established(SACK)) {
      t.write(9332).expect(". 1(1460)").drop();
      t.at(200).inject(". 1(0) ack 9333");
      assertThat(t.info().mss()).isEqualTo(1460);
      t.write(984).expect("P. 9333(984)").jump().expect("P. 9333(984)");
      assertThat(t.info().mss()).isEqualTo(1460);
    }
    try (Timeline t = Timeline.established(SACK)) {
      t.write(9332).expect(". 1(1460)").drop();
      t.at(200).inject(". 1(0) ack 9333").write(985).expect("P. 9333(985)").jump().expect(". 9333(984)");
      assertThat(t.info().mss()).isEqualTo(984);
    }
  }

  @Test
  @Requirement({"RFC4821-7.8-01", "RFC4821-7.7-01"})
  void aRaiseDoubtedByATimeoutIsTriedOnceMore() {
    try (Timeline t = probing(SACK)) {
      t.at(200).inject(". 1(0) ack 9333");
      assertThat(t.info().mss()).isEqualTo(1460);
      int sent = t.drop();
      assertThat(sent).isGreaterThan(6);
      t.jump().expect(". 9333(984)");
      assertThat(t.info().mss()).isEqualTo(984);
      // It was an outage: the segment that timed out is sent again at its full size, and arrives.
      t.after(100).inject(". 1(0) ack 10317").drop();
      t.after(100).inject(". 1(0) ack " + (t.engine().sndNxt() - t.iss));
      assertThat(t.info().mss()).isEqualTo(1460);
      t.drop();
    }
  }

  @Test
  @Requirement({"RFC4821-7.8-01", "RFC4821-7.8-03", "RFC4821-7.8-04"})
  void threeLossesInTheWindowAfterARaiseUndoIt() {
    for (int losses : new int[] {2, 3}) {
      try (Timeline t = probing(SACK)) {
        t.at(200).inject(". 1(0) ack 9333");
        assertThat(t.info().mss()).isEqualTo(1460);
        assertThat(t.drop()).isGreaterThan(6);
        int first = 9333 + losses * 1460;
        t.at(300).inject(". 1(0) ack 9333 <sack " + first + ":" + (first + 3 * 1460) + ">");
        assertThat(t.info().flight().lost()).isEqualTo(losses);
        assertThat(t.info().mss()).isEqualTo(losses == 3 ? 984 : 1460);
        t.drop();
      }
    }
    // Losses detected by time count too.
    try (Timeline t = probing(SACK)) {
      t.at(200).inject(". 1(0) ack 9333").drop();
      int first = 9333 + 3 * 1460;
      t.at(300).inject(". 1(0) ack 9333 <sack " + first + ":" + (first + 1460) + ">").drop();
      assertThat(t.info().mss()).isEqualTo(1460);
      t.jump();
      assertThat(t.info().flight().lost()).isEqualTo(3);
      assertThat(t.info().mss()).isEqualTo(984);
      t.drop();
    }
  }

  @Test
  @Requirement({"RFC4821-7.3-02", "RFC4821-7.8-01"})
  void aRaiseIsVerifiedByAWindowThatArrives() {
    try (Timeline t = probing(SACK)) {
      t.at(200).inject(". 1(0) ack 9333").drop();
      int window = t.info().cwnd();
      t.at(300).inject(". 1(0) ack " + (t.engine().sndNxt() - t.iss));
      assertThat(window).isGreaterThan(9840);
      for (int round = 4; round < 7; round++) {
        t.write(20_000).drop();
        t.at(100L * round).inject(". 1(0) ack " + (t.engine().sndNxt() - t.iss));
      }
      // After the verification losses are no evidence about the size.
      t.write(20_000);
      assertThat(t.drop()).isGreaterThan(6);
      int una = (int) t.engine().acknowledgedBytes() + 1;
      int first = una + 3 * 1460;
      t.at(800).inject(". 1(0) ack " + una + " <sack " + first + ":" + (first + 3 * 1460) + ">");
      assertThat(t.info().flight().lost()).isEqualTo(3);
      assertThat(t.info().mss()).isEqualTo(1460);
      t.drop();
    }
  }

  // ---- path MTU from outside the connection

  @Test
  @Requirement({"RFC8201-5.4-04", "RFC4821-7.6.2-03"})
  void anExternalPathMtuLowersASearchButDoesNotRaiseIt() {
    try (Timeline t = Timeline.established(SACK)) {
      assertThat(t.knownPathMtu(1400).info().mss()).as("the search finds a larger size itself").isEqualTo(984);
      assertThat(t.knownPathMtu(900).info().mss()).isEqualTo(860);
    }
    try (
        Timeline t = Timeline.established(SACK.withProbing(p -> p.withMtuProbing(MtuProbing.ON_BLACK_HOLE)))) {
      assertThat(t.knownPathMtu(1000).info().mss()).isEqualTo(960);
      assertThat(t.knownPathMtu(1400).info().mss()).isEqualTo(1360);
    }
  }

  @Test
  void anOpeningConnectionUsesTheExternalPathMtu() {
    try (Timeline t = Timeline.active(SACK.withProbing(p -> p.withMtuProbing(MtuProbing.OFF)))) {
      t.knownPathMtu(1000).handshake("mss 1460");
      assertThat(t.info().mss()).isEqualTo(960);
    }
  }
}
