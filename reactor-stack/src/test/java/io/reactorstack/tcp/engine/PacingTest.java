package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.TcpSettings;
import org.junit.jupiter.api.Test;

/**
 * Pacing: the segments of a window are spread over the round trip, in pairs, at twice the window's rate in slow start.
 */
class PacingTest {

  private static final TcpSettings PACED = Timeline.PLAIN.withTimers(timers -> timers.withNoDelay(true))
      .withCongestion(congestion -> congestion.withPacing(true));

  @Test
  void aWindowLeavesInPairsOverHalfARoundTrip() {
    try (Timeline t = Timeline.established(PACED, "mss 1000")) {
      t.write(20_000);
      // 10 segments in 100 ms, at twice that rate: two every 10 ms.
      for (int i = 0; i < 5; i++) {
        t.at(100 + 10 * i).expect(". " + (1 + 2000 * i) + "(1000)", ". " + (1001 + 2000 * i) + "(1000)").quiet();
      }
      t.at(199).quiet();
      assertThat(t.info().congestion().pacingRate()).isEqualTo(8 * 200_000);
    }
  }

  @Test
  void aRetransmissionIsPaced() {
    try (Timeline t = Timeline.established(PACED, "mss 1000")) {
      t.write(2000).expect(". 1(1000)", "P. 1001(1000)").quiet();
      t.at(1100).expect(". 1(1000)").quiet();
    }
  }

  @Test
  void withoutPacingTheWindowLeavesAtOnce() {
    try (Timeline t = Timeline.established(PACED.withCongestion(congestion -> congestion.withPacing(false)),
        "mss 1000")) {
      t.write(20_000);
      assertThat(t.drop()).isEqualTo(10);
      assertThat(t.info().congestion().pacingRate()).isZero();
    }
  }

  @Test
  void thePacerSetsNoTimerWithoutDataToSend() {
    try (Timeline t = Timeline.established(PACED, "mss 1000")) {
      t.write(2000).expect(". 1(1000)", "P. 1001(1000)").quiet();
      // The deadline is that of the retransmission timer, not of the pacer after 10 ms.
      assertThat(t.deadlineMillis()).isEqualTo(1100);
      t.at(105).write(10).quiet();
      assertThat(t.deadlineMillis()).isEqualTo(110);
      t.jump().expect("P. 2001(10)").quiet();
    }
  }

  @Test
  void aFinIsPaced() {
    try (Timeline t = Timeline.established(PACED, "mss 1000")) {
      t.write(2000).expect(". 1(1000)", "P. 1001(1000)").shutdownOutput().quiet();
      assertThat(t.deadlineMillis()).isEqualTo(110);
      t.jump().expect("F. 2001(0)").quiet();
      assertThat(t.deadlineMillis()).isEqualTo(1100);
    }
  }

  @Test
  void retransmissionsLeaveInPairs() {
    TcpSettings sack = PACED.withWire(wire -> wire.withSelectiveAcknowledgment(true))
        .withRecovery(recovery -> recovery.withTailLossProbe(false));
    try (Timeline t = Timeline.established(sack, "mss 1000, sackOK")) {
      t.write(10_000);
      for (int i = 0; i < 5; i++) {
        t.at(100 + 10 * i).expect(". " + (1 + 2000 * i) + "(1000)");
        t.drop();
      }
      t.at(240).inject(". 1(0) ack 1 <sack 4001:6001>", ". 1(0) ack 1 <sack 4001:8001>",
          ". 1(0) ack 1 <sack 4001:10001>");
      assertThat(t.info().flight().lost()).isEqualTo(4);
      t.expect(". 1(1000)", ". 1001(1000)").quiet();
      long next = t.deadlineMillis();
      assertThat(next).as("soon").isBetween(241L, 300L);
      t.jump().expect(". 2001(1000)");
    }
  }
}
