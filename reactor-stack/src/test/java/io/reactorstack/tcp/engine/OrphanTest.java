package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Connections that their user has closed in both directions end, whatever the peer does (RFC 6429 section 4). */
class OrphanTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN
      .withClosing(closing -> closing.withOrphan(Duration.ofMinutes(3)));

  private static Timeline established() {
    return Timeline.established(PLAIN);
  }

  /** Answers every probe with a closed window until {@code until}, in milliseconds; returns the number of probes. */
  private static int answerProbes(Timeline t, String closedWindow, long until) {
    int probes = 0;
    while (t.deadlineMillis() < until) {
      t.jump();
      if (t.drop() > 0) {
        probes++;
        t.inject(closedWindow).quiet();
      }
    }
    return probes;
  }

  @Test
  void anOrphanWithAClosedWindowTimesOut() {
    try (Timeline t = established()) {
      t.inject(". 1(0) ack 1 win 0").write(100).shutdownOutput().shutdownInput().state(TcpState.FIN_WAIT_1);
      assertThat(answerProbes(t, ". 1(0) ack 1 win 0", 180_100)).isGreaterThan(3);
      t.at(180_099).state(TcpState.FIN_WAIT_1).at(180_100).closed(CloseCause.ORPHAN_TIMEOUT);
      // The remaining data is discarded, and the peer gets a RST.
      t.expect("R. 1(0) ack 1").quiet();
      assertThat(t.memory.live()).isZero();
    }
  }

  @Test
  void aNonOrphanWaitsWhileProbesAreAnswered() {
    try (Timeline t = established()) {
      t.inject(". 1(0) ack 1 win 0").write(100).shutdownOutput();
      answerProbes(t, ". 1(0) ack 1 win 0", 10 * 60_000);
      t.state(TcpState.FIN_WAIT_1);
    }
  }

  @Test
  void anAcknowledgementRestartsTheOrphanTimeout() {
    try (Timeline t = established()) {
      t.inject(". 1(0) ack 1 win 0").write(300).shutdownOutput().shutdownInput();
      answerProbes(t, ". 1(0) ack 1 win 0", 100_000);
      t.at(100_000).inject(". 1(0) ack 1 win 100").drop();
      t.inject(". 1(0) ack 2 win 0").quiet();
      answerProbes(t, ". 1(0) ack 2 win 0", 280_000);
      t.at(279_999).state(TcpState.FIN_WAIT_1).at(280_000).closed(CloseCause.ORPHAN_TIMEOUT);
    }
  }

  @Test
  void orphansInClosingAndLastAckTimeOut() {
    try (Timeline t = established()) {
      t.inject("F. 1(0) ack 1 win 0").write(10).drop();
      t.shutdownOutput().shutdownInput().state(TcpState.LAST_ACK);
      answerProbes(t, ". 2(0) ack 1 win 0", 180_100);
      t.at(180_100).closed(CloseCause.ORPHAN_TIMEOUT);
    }
    try (Timeline t = established()) {
      t.inject(". 1(0) ack 1 win 0").write(10).shutdownOutput().shutdownInput();
      t.inject("F. 1(0) ack 1 win 0").drop();
      t.state(TcpState.CLOSING);
      answerProbes(t, ". 2(0) ack 1 win 0", 180_100);
      t.at(180_100).closed(CloseCause.ORPHAN_TIMEOUT);
    }
  }

  @Test
  void inClosingTheTimeoutCountsFromThePeersFin() {
    try (Timeline t = established()) {
      t.inject(". 1(0) ack 1 win 0").write(10).shutdownOutput().shutdownInput();
      answerProbes(t, ". 1(0) ack 1 win 0", 60_000);
      t.at(60_000).inject("F. 1(0) ack 1 win 0").drop();
      t.state(TcpState.CLOSING);
      answerProbes(t, ". 2(0) ack 1 win 0", 240_000);
      t.at(239_999).state(TcpState.CLOSING).at(240_000).closed(CloseCause.ORPHAN_TIMEOUT);
    }
  }

  // Everything is acknowledged: only the timeout for the peer's FIN remains.
  @Test
  void inFinWait2OnlyItsOwnTimeoutApplies() {
    TcpSettings patient = PLAIN.withClosing(closing -> closing.withFinWait2(Duration.ofMinutes(10)));
    try (Timeline t = Timeline.established(patient)) {
      t.write(10).shutdownOutput().shutdownInput().drop();
      t.at(1000).inject(". 1(0) ack 12").state(TcpState.FIN_WAIT_2);
      t.at(600_999).state(TcpState.FIN_WAIT_2).at(601_000).closed(CloseCause.HALF_CLOSE_TIMEOUT);
    }
  }

  @Test
  @Requirement("MUST-20")
  void anUnacknowledgedFinTimesOutInEveryState() {
    TcpSettings impatient = PLAIN.withClosing(closing -> closing.withUserTimeout(Duration.ofSeconds(30)));
    String[] before = {"", "F. 1(0) ack 1", ""};
    TcpState[] states = {TcpState.FIN_WAIT_1, TcpState.LAST_ACK, TcpState.CLOSING};
    for (int i = 0; i < states.length; i++) {
      try (Timeline t = Timeline.established(impatient)) {
        if (!before[i].isEmpty()) {
          t.inject(before[i]).drop();
        }
        t.shutdownOutput().shutdownInput().drop();
        if (states[i] == TcpState.CLOSING) {
          t.inject("F. 1(0) ack 1").drop();
        }
        t.state(states[i]);
        while (t.engine().state() != TcpState.CLOSED) {
          t.jump().drop();
        }
        t.closed(CloseCause.RETRANSMISSION_TIMEOUT);
        assertThat(t.nowMillis()).isBetween(30_000L, 31_000L);
      }
    }
  }

  @Test
  void theFinWait2TimeoutCanBeChangedInFinWait2() {
    try (Timeline t = established()) {
      t.shutdownOutput().shutdownInput().drop();
      t.inject(". 1(0) ack 2").state(TcpState.FIN_WAIT_2);
      t.at(10_000).finWait2Timeout(5000).at(14_999).state(TcpState.FIN_WAIT_2).at(15_000);
      t.closed(CloseCause.HALF_CLOSE_TIMEOUT);
    }
    try (Timeline t = established()) {
      t.finWait2Timeout(0).shutdownOutput().shutdownInput().drop();
      t.inject(". 1(0) ack 2").after(0).closed(CloseCause.HALF_CLOSE_TIMEOUT);
    }
  }

  @Test
  @Requirement("RFC9293-3.10.4-02")
  void aCloseInSynReceivedWaitsForTheHandshake() {
    try (Timeline t = Timeline.passive(PLAIN, "S 0(0) <mss 1460>")) {
      t.drop();
      t.write(5).shutdownOutput().quiet().state(TcpState.SYN_RECEIVED);
      t.inject(". 1(0) ack 1").state(TcpState.FIN_WAIT_1).expect("FP. 1(5) ack 1").quiet();
    }
    try (Timeline t = Timeline.passive(PLAIN, "S 0(0) <mss 1460>")) {
      t.drop();
      t.shutdownOutput().quiet().inject(". 1(0) ack 1").state(TcpState.FIN_WAIT_1).expect("F. 1(0) ack 1").quiet();
    }
  }
}
