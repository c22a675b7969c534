package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.TcpSettings;
import org.junit.jupiter.api.Test;

/** The retransmission timer and the reduction of the window during recovery with SACK, far from the first octet. */
class RecoveryTimersTest {

  private static final TcpSettings SETTINGS = Timeline.PLAIN
      .withWire(wire -> wire.withSelectiveAcknowledgment(true))
      .withTimers(timers -> timers.withNoDelay(true))
      .withRecovery(recovery -> recovery.withTailLossProbe(false).withForwardRto(false));

  /** Ten segments of 1000 octets from 5001 on, sent 1 ms after each other since 200 ms. The round trip takes 100 ms. */
  private static Timeline tenInFlight() {
    Timeline t = Timeline.established(SETTINGS, "mss 1000, sackOK");
    t.write(5000).drop();
    t.at(200).inject(". 1(0) ack 5001");
    for (int i = 0; i < 10; i++) {
      t.write(1000).expect("P. " + (5001 + 1000 * i) + "(1000)").after(1);
    }
    return t;
  }

  @Test
  void aLossFoundByTheReorderingTimerReducesTheWindowFromTheFlight() {
    try (Timeline t = tenInFlight()) {
      t.at(301).inject(". 1(0) ack 5001 <sack 6001:7001>").quiet();
      t.jump().expect("P. 5001(1000)");
      assertThat(t.info().ssthresh()).isEqualTo(5000);
    }
  }

  /** RFC 6298 5.3: only an acknowledgement of new data restarts the timer. */
  @Test
  void sackReportsDoNotPostponeTheTimeout() {
    try (Timeline t = tenInFlight()) {
      t.at(301).inject(". 1(0) ack 5001 <sack 6001:7001>").jump().expect("P. 5001(1000)").quiet();
      long timeout = t.deadlineMillis();
      t.at(400).inject(". 1(0) ack 5001 <sack 6001:9001>").drop();
      assertThat(t.deadlineMillis()).isEqualTo(timeout);
    }
    try (Timeline t = tenInFlight()) {
      assertThat(t.deadlineMillis()).isEqualTo(1200);
      t.at(350).inject(". 1(0) ack 6001");
      assertThat(t.deadlineMillis()).isEqualTo(1350);
    }
  }
}
