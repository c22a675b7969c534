package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.congestion.Cubic;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Window scaling and timestamps (RFC 7323): the requirements that no other test covers. */
class HighPerformanceTest {

  private static final TcpSettings STAMPED = Timeline.settings(65_535, false, true);
  private static final TcpSettings SCALED = Timeline.settings(65_535, true, false);

  @Test
  @Requirement({"RFC7323-2.2-02", "RFC7323-2.2-04", "RFC7323-2.2-05"})
  void scalingIsOfferedEvenIfTheOwnWindowNeedsNone() {
    try (Timeline t = Timeline.active(SCALED)) {
      t.expect("S 0(0) win 65535 <mss 1460, wscale 0>").inject("S. 0(0) ack 1 win 1000 <mss 1460, wscale 3>");
      t.expect(". 1(0) ack 1").inject(". 1(0) ack 1 win 1000");
      assertThat(t.info().windows().sndWnd()).isEqualTo(8000);
    }
  }

  @Test
  @Requirement({"RFC7323-2.4-01", "RFC7323-2.4-04"})
  void aWindowThatShrinksByOneUnitIsTolerated() {
    try (Timeline t = Timeline.established(SCALED, "mss 1460, wscale 7")) {
      t.inject(". 1(0) ack 1 win 35").write(10_000);
      // 35 units of 128 octets: three full segments fit; the remaining space is too small to be used yet.
      t.expect(". 1(1460) ack 1", ". 1461(1460) ack 1", ". 2921(1460) ack 1").quiet();
      // 3020 octets are free, 23 units and 76 octets, so the edge moves 76 octets to the left.
      t.after(10).inject(". 1(0) ack 1461 win 23").quiet();
      t.after(10).inject(". 1(0) ack 4381 win 35").expect(". 4381(1460) ack 1", ". 5841(1460) ack 1");
      t.expect(". 7301(1460) ack 1").quiet().state(TcpState.ESTABLISHED);
    }
  }

  @Test
  @Requirement({"RFC7323-3.2-04", "RFC7323-3.2-01"})
  void theEchoInASynIsIgnored() {
    try (Timeline t = Timeline.passive(STAMPED, "S 0(0) <mss 1460, ts 5 90>")) {
      t.expect("S. 0(0) ack 1 <mss 1460, ts 100 5>");
      assertThat(t.info().timing().roundTrip().rtt()).isEqualTo(Duration.ZERO);
    }
  }

  @Test
  @Requirement({"RFC7323-5.3-05"})
  void queuedSegmentsAreNotCheckedByPawsAgain() {
    try (Timeline t = Timeline.established(STAMPED)) {
      t.inject("P. 101(100) ack 1 <ts 10 100>").drop();
      t.inject("P. 1(50) ack 1 <ts 500 100>").drop();
      t.inject("P. 51(50) ack 1 <ts 600 100>").read(200);
    }
  }

  @Test
  @Requirement({"RFC7323-4.1-01", "RFC7323-5.4-05", "RFC7323-7-01"})
  void theClockTicksOncePerMillisecondAndNeverRunsBackwards() {
    for (int offset : new int[] {0, 123_456, Integer.MAX_VALUE - 5, -10}) {
      Timestamps timestamps = new Timestamps(offset);
      int before = timestamps.clock(0);
      assertThat(before).isEqualTo(offset);
      for (long now = 0; now < 50_000_000L; now += 250_000) {
        int clock = timestamps.clock(now);
        assertThat(clock - before).isBetween(0, 1);
        assertThat(clock - offset).isEqualTo((int) (now / 1_000_000));
        before = clock;
      }
    }
  }

  @Test
  @Requirement({"RFC7323-5.4-01", "RFC7323-5.4-03", "RFC7323-5.4-04"})
  void theClockIsFastEnoughForEveryLinkAndWrapsAfterTheMsl() {
    Timestamps timestamps = new Timestamps(0);
    // RFC 7323 5.4: at least one tick within 2^31 bytes, at up to 17 Tbit/s.
    assertThat(timestamps.clock(999_999)).isZero();
    assertThat(timestamps.clock(1_000_000)).isOne();
    // The sign changes after 2^31 ticks, which is 24 days; no segment lives longer than the MSL of two minutes.
    assertThat(timestamps.clock(((1L << 31) - 1) * 1_000_000)).isPositive();
    assertThat(timestamps.clock((1L << 31) * 1_000_000)).isNegative();
    assertThat((1L << 31) * 1_000_000).isGreaterThan(java.time.Duration.ofMinutes(2).toNanos());
  }

  @Test
  @Requirement({"RFC7323-3.2-07", "RFC7323-3.2-09"})
  void everySegmentCarriesATimestampOnceAgreed() {
    try (Timeline t = Timeline.established(
        STAMPED.withProbing(probing -> probing.withKeepAlive(true).withKeepAliveIdle(Duration.ofSeconds(1))))) {
      assertThat(t.info().options().ts()).isTrue();
      t.write(10).expect("P. 1(10) ack 1 <ts 200 1>").inject(". 1(0) ack 11 <ts 7 200>");
      t.inject(". 101(10) ack 11 <ts 8 200>").expect(". 11(0) ack 1 <ts 200 7>");
      // A keep-alive probe, a retransmission and a FIN.
      t.at(1100).expect(". 10(0) ack 1 <ts 1200 7>").inject(". 1(0) ack 11 <ts 9 1200>");
      t.shutdownOutput().expect("F. 11(0) ack 1 <ts 1200 9>").jump();
      assertThat(t.next()).startsWith("F. 11(0) ack 1 ").contains(" ts=");
    }
    try (Timeline t = Timeline.established(STAMPED, "mss 1460")) {
      assertThat(t.info().options().ts()).isFalse();
      t.write(10).expect("P. 1(10) ack 1 <>");
    }
  }

  @Test
  @Requirement("RFC1337-3-02")
  void aRecentResetDoesNotEndTimeWait() {
    try (Timeline t = Timeline.established(STAMPED)) {
      t.shutdownOutput().drop();
      t.inject("F. 1(0) ack 2 <ts 5 200>").drop();
      t.after(1900).inject("R. 2(0) ack 2 <ts 1900 200>").state(TcpState.TIME_WAIT);
    }
  }

  @Test
  @Requirement("RFC9406-4.2-06")
  void aGrowingRoundTripEndsSlowStartBeforeALoss() {
    TcpSettings cubic = STAMPED.withCongestion(congestion -> congestion.withCongestionControl(Cubic.FACTORY))
        .withWire(wire -> wire.withWindowScaling(true)).withTimers(timers -> timers.withNoDelay(true));
    for (boolean grows : new boolean[] {true, false}) {
      try (Timeline t = Timeline.established(cubic, "mss 1460, wscale 7, ts 1 " + Timeline.TS0)) {
        int una = 1;
        for (int round = 0; round < 9; round++) {
          t.write(Math.min(t.engine().writableBytes(), 400_000));
          t.drop();
          int end = t.engine().sndNxt() - t.iss;
          t.after(grows && round >= 2 ? 140 : 100);
          for (int segment = 0; una < end; segment++) {
            una = Math.min(una + 1448, end);
            t.inject(". 1(0) ack " + una + " win 8000 <ts " + (2 + round) + " " + Timeline.TS0 + ">");
          }
        }
        assertThat(t.info().ssthresh() < Integer.MAX_VALUE).isEqualTo(grows);
        t.drop();
      }
    }
  }
}
