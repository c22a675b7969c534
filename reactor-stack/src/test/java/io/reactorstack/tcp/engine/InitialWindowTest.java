package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.congestion.Cubic;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

/**
 * The initial congestion window on the wire (RFC 6928), and the peer's window, which limits it (RFC 9406 section 3).
 */
class InitialWindowTest {

  private static final TcpSettings NO_DELAY = Timeline.PLAIN.withTimers(timers -> timers.withNoDelay(true));

  @Test
  @Requirement({"RFC6928-12-03", "RFC6928-2-02"})
  void theInitialWindowOfRfc3390CanBeConfigured() {
    try (Timeline t = Timeline
        .established(NO_DELAY.withCongestion(congestion -> congestion.withInitialWindowSegments(3)))) {
      t.write(20_000).expect(". 1(1460)", ". 1461(1460)", ". 2921(1460)").quiet();
    }
    try (Timeline t = Timeline
        .established(NO_DELAY.withCongestion(congestion -> congestion.withInitialWindowSegments(4)), "mss 1000")) {
      t.write(20_000);
      assertThat(t.drop()).isEqualTo(4);
    }
  }

  @Test
  @Requirement("RFC6928-12-04")
  void lossesInTheInitialWindowAreVisibleInTcpInfo() {
    try (Timeline t = Timeline.established(NO_DELAY.withWire(wire -> wire.withSelectiveAcknowledgment(true)))) {
      t.write(20_000);
      assertThat(t.drop()).isEqualTo(10);
      assertThat(t.info().congestion().cwnd()).isEqualTo(14_600);
      assertThat(t.info().retransmissions()).isZero();
      t.at(200).inject(". 1(0) ack 1 <sack 1461:2921>", ". 1(0) ack 1 <sack 1461:4381>",
          ". 1(0) ack 1 <sack 1461:5841>").expect(". 1(1460)");
      assertThat(t.info().retransmissions()).isOne();
      assertThat(t.info().sent().bytesRetrans()).isEqualTo(1460);
      assertThat(t.info().flight().lost()).isOne();
      assertThat(t.info().congestion().ssthresh()).isLessThan(14_600);
      t.drop();
    }
  }

  @Test
  @Requirement("RFC9406-3-01")
  void theSmallerOfBothWindowsIsTheLimit() {
    // CUBIC, the algorithm with HyStart++.
    try (Timeline t = Timeline
        .active(NO_DELAY.withCongestion(congestion -> congestion.withCongestionControl(Cubic.FACTORY)))) {
      t.drop();
      t.at(100).inject("S. 0(0) ack 1 win 4000 <mss 1000>").expect(". 1(0) ack 1").write(40_000);
      assertThat(t.drop()).as("limited by the peer's window").isEqualTo(4);
      t.at(200).inject(". 1(0) ack 4001 win 3500");
      assertThat(t.info().congestion().cwnd()).isGreaterThanOrEqualTo(10_000);
      t.expect(". 4001(1000)", ". 5001(1000)", ". 6001(1000)");
      t.drop();
      assertThat(t.info().bytesInFlight()).isLessThanOrEqualTo(3500);
      t.at(300).inject(". 1(0) ack " + (1 + t.info().bytesSent()) + " win 60000");
      int cwnd = t.info().congestion().cwnd();
      assertThat(cwnd).isLessThan(25_000);
      t.drop();
      assertThat(t.info().bytesInFlight()).as("limited by the congestion window").isBetween(cwnd - 1000, cwnd);
    }
  }
}
