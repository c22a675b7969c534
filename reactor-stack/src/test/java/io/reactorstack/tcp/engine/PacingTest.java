package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.TcpSettings;
import org.junit.jupiter.api.Test;

/** Segments spread over the round trip: as many as the window allows, in pairs, at twice its rate in slow start. */
class PacingTest {

  private static final TcpSettings PACED = Timeline.PLAIN.withTimers(timers -> timers.withNoDelay(true))
      .withCongestion(congestion -> congestion.withPacing(true));

  @Test
  void aWindowLeavesInPairsOverHalfARoundTrip() {
    try (Timeline t = Timeline.established(PACED, "mss 1000")) {
      t.write(20_000);
      // 10 segments in 100 ms, twice as fast: two each 10 ms.
      for (int i = 0; i < 5; i++) {
        t.at(100 + 10 * i).expect(". " + (1 + 2000 * i) + "(1000)", ". " + (1001 + 2000 * i) + "(1000)").quiet();
      }
      t.at(199).quiet();
      assertThat(t.info().congestion().pacingRate()).isEqualTo(8 * 200_000);
    }
  }

  @Test
  void aRetransmissionWaitsForItsTurnToo() {
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
}
