package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The user timeout and its option (RFC 5482). */
class UserTimeoutTest {

  private static final TcpSettings OFF = Timeline.PLAIN
      .withClosing(closing -> closing.withUserTimeout(Duration.ofSeconds(200)).withUserTimeoutChangeable(true));
  private static final TcpSettings ON = OFF.withClosing(closing -> closing.withUserTimeoutOption(true));

  private static long seconds(Timeline t) {
    return TimeUnit.NANOSECONDS.toSeconds(t.engine().userTimeout());
  }

  /** Established at 100 ms; the announcement after the handshake has already been polled. */
  private static Timeline established(TcpSettings settings) {
    Timeline t = Timeline.active(settings);
    t.drop();
    t.at(100).inject("S. 0(0) ack 1 win 65535 <mss 1460>");
    t.drop();
    return t;
  }

  @Test
  @Requirement({"RFC5482-3-05", "RFC5482-4.1-01"})
  void whenDisabledTheOptionIsNeitherSentNorProcessed() {
    try (Timeline t = Timeline.active(OFF)) {
      t.expect("S 0(0) <mss 1460>").inject("S. 0(0) ack 1 <mss 1460, uto 500>").expect(". 1(0) <>");
      t.inject(". 1(0) ack 1 <uto 900>").quiet();
      assertThat(seconds(t)).isEqualTo(200);
      assertThat(t.engine().peerUserTimeout()).isZero();
    }
  }

  @Test
  @Requirement({"RFC5482-3-03", "RFC5482-3.2-02"})
  void theTimeoutIsAnnouncedInTheSynAndAgainAfterIt() {
    try (Timeline t = Timeline.active(ON)) {
      t.expect("S 0(0) <mss 1460, uto 200>").inject("S. 0(0) ack 1 <mss 1460>");
      t.write(3000).expect(". 1(0) ack 1 <uto 200>", ". 1(1460) ack 1 <>");
    }
    try (Timeline t = Timeline.passive(ON, "S 0(0) <mss 1460>")) {
      t.expect("S. 0(0) ack 1 <mss 1460, uto 200>").inject(". 1(0) ack 1").expect(". 1(0) ack 1 <uto 200>").quiet();
    }
  }

  @Test
  @Requirement({"RFC5482-3-01", "RFC5482-3-04", "RFC5482-3.1-01"})
  void aTimeoutSetByTheUserIsAnnouncedAndNoLongerChanged() {
    try (Timeline t = established(ON)) {
      t.userTimeout(400).expect(". 1(0) ack 1 <uto 400>").quiet();
      t.inject(". 1(0) ack 1 <uto 900>");
      assertThat(seconds(t)).isEqualTo(400);
      assertThat(TimeUnit.NANOSECONDS.toSeconds(t.engine().peerUserTimeout())).as("the peer's value").isEqualTo(900);
    }
    assertThat(TcpSettings.DEFAULTS.closing().userTimeoutChangeable()).isTrue();
    assertThat(TcpSettings.DEFAULTS.withClosing(closing -> closing.withUserTimeout(Duration.ofSeconds(1)))
        .closing().userTimeoutChangeable()).isFalse();
  }

  @Test
  @Requirement("RFC5482-3.1-02")
  void thePeersTimeoutIsReportedAlthoughItChangesNothing() {
    try (Timeline t = established(ON)) {
      t.userTimeout(400).drop();
      t.inject(". 1(0) ack 1 <uto 900>");
      assertThat(seconds(t)).isEqualTo(400);
      assertThat(TimeUnit.NANOSECONDS.toSeconds(t.engine().peerUserTimeout())).isEqualTo(900);
    }
  }

  @Test
  @Requirement({"RFC5482-3.1-04", "RFC5482-3.1-05", "RFC5482-3-06"})
  void thePeersAnnouncementChangesTheTimeoutWithinLimits() {
    long[][] cases = {{500, 500}, {201, 201}, {50, 200}, {1, 200}, {3600, 3600}, {3601, 3600}, {1_000_000, 3600}};
    for (long[] c : cases) {
      try (Timeline t = established(ON)) {
        t.inject(". 1(0) ack 1 <uto " + c[0] + ">");
        assertThat(seconds(t)).as("announced %d", c[0]).isEqualTo(c[1]);
      }
    }
  }

  @Test
  @Requirement("RFC5482-3.4-02")
  void anAnnouncementOfZeroIsIgnored() {
    try (Timeline t = established(ON)) {
      t.inject(". 1(0) ack 1 <uto 500>").inject(". 1(0) ack 1 <uto 0>");
      assertThat(seconds(t)).isEqualTo(500);
    }
  }

  @Test
  @Requirement("RFC5482-3.1-08")
  void theLowerLimitIsAHundredSeconds() {
    try (Timeline t = established(
        ON.withClosing(closing -> closing.withUserTimeout(Duration.ofSeconds(30)).withUserTimeoutChangeable(true)))) {
      t.inject(". 1(0) ack 1 <uto 40>");
      assertThat(seconds(t)).as("L_LIMIT").isEqualTo(100);
    }
  }

  @Test
  @Requirement("RFC5482-3.1-09")
  void theLowerLimitIsAboveTheRetransmissionTimeout() {
    TcpSettings settings = ON
        .withClosing(closing -> closing.withUserTimeout(Duration.ofSeconds(10)).withUserTimeoutChangeable(true))
        .withTimers(timers -> timers.withMinRto(Duration.ofSeconds(118)).withMaxRto(Duration.ofSeconds(120)));
    try (Timeline t = established(settings)) {
      t.inject(". 1(0) ack 1 <uto 50>");
      assertThat(t.engine().userTimeout()).isGreaterThan(t.info().rto().toNanos());
      assertThat(seconds(t)).isEqualTo(119);
    }
  }

  @Test
  @Requirement({"RFC5482-3.3-01", "MUST-22"})
  void duringTheHandshakeOnlyTheRetriesCount() {
    TcpSettings settings = ON.withClosing(closing -> closing.withUserTimeout(Duration.ofSeconds(2)))
        .withTimers(timers -> timers.withSynRetries(3).withSynAckRetries(3));
    try (Timeline t = Timeline.passive(settings, "S 0(0) <mss 1460, uto 101>")) {
      t.drop();
      for (long at : new long[] {1, 3, 7}) {
        t.at(at * 1000).expect("S. 0(0) ack 1").quiet();
      }
      t.at(14_999).state(TcpState.SYN_RECEIVED).at(15_000).closed(CloseCause.HANDSHAKE_TIMEOUT);
    }
  }

  @Test
  @Requirement({"RFC5482-3.1-03", "MUST-21"})
  void theConnectionEndsWhenTheAgreedTimeHasPassed() {
    try (Timeline t = established(ON)) {
      t.inject(". 1(0) ack 1 <uto 300>").at(1000).write(10);
      while (t.engine().state() != TcpState.CLOSED) {
        t.drop();
        t.jump();
      }
      t.closed(CloseCause.RETRANSMISSION_TIMEOUT);
      assertThat(t.nowMillis()).isEqualTo(301_000);
    }
    try (Timeline t = established(ON)) {
      t.at(1000).write(10).drop();
      t.userTimeout(5).drop();
      while (t.engine().state() != TcpState.CLOSED) {
        t.jump().drop();
      }
      assertThat(t.nowMillis()).as("counted from when the peer owes an acknowledgement").isEqualTo(6000);
    }
  }

  @Test
  @Requirement("RFC5482-3.4-01")
  void anInfiniteTimeoutIsNotAnnounced() {
    try (Timeline t = Timeline
        .active(ON.withClosing(closing -> closing.withUserTimeout(Duration.ZERO).withUserTimeoutChangeable(true)))) {
      t.expect("S 0(0) <mss 1460>").inject("S. 0(0) ack 1 <mss 1460, uto 300>").expect(". 1(0) <>");
      assertThat(seconds(t)).as("the peer does not shorten it").isZero();
      t.userTimeout(0).quiet();
    }
  }
}
