package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.TcpSegment;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Keep-alive probes of a silent peer (RFC 9293 section 3.8.4). */
class KeepAliveTest {

  private static final long HOUR = 3_600_000;
  private static final TcpSettings ON = Timeline.PLAIN.withProbing(probing -> probing.withKeepAlive(true)
      .withKeepAliveIdle(Duration.ofSeconds(10)).withKeepAliveInterval(Duration.ofSeconds(2)).withKeepAliveProbes(3));

  @Test
  @Requirement({"MUST-25", "MUST-28"})
  void keepAliveIsOffByDefaultAndWaitsTwoHours() {
    assertThat(TcpSettings.DEFAULTS.probing().keepAlive()).isFalse();
    assertThat(TcpSettings.DEFAULTS.probing().keepAliveIdle()).isGreaterThanOrEqualTo(Duration.ofHours(2));
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.idle();
    }
    try (Timeline t = Timeline.established(Timeline.PLAIN.withProbing(probing -> probing.withKeepAlive(true)))) {
      t.at(100 + 2 * HOUR - 1).quiet().at(100 + 2 * HOUR).expect(". 0(0) ack 1");
    }
  }

  @Test
  @Requirement({"MAY-5", "SHLD-12", "MUST-26"})
  void aSilentPeerIsProbedAndItsAnswerRestartsTheTimer() {
    try (Timeline t = Timeline.established(ON)) {
      t.at(5000).inject("P. 1(10) ack 1").after(40).expect(". 1(0) ack 11");
      // The silence counts from the last data or the last acknowledgement.
      t.at(9000).write(10).expect("P. 1(10) ack 11").at(9100).inject(". 11(0) ack 11");
      t.at(19_099).quiet().at(19_100).expect(". 10(0) ack 11 win 65525 <>").quiet();
      t.after(50).inject(". 11(0) ack 11").at(29_149).quiet().at(29_150).expect(". 10(0) ack 11").quiet();
    }
  }

  @Test
  @Requirement("RFC5482-4.2-01")
  void noProbeIsSentBeforeTheAgreedUserTimeout() {
    TcpSettings settings = ON.withClosing(closing -> closing.withUserTimeoutOption(true)
        .withUserTimeout(Duration.ofSeconds(110)).withUserTimeoutChangeable(true));
    try (Timeline t = Timeline.established(settings, "mss 1460, uto 200")) {
      t.drop();
      t.inject(". 1(0) ack 1");
      t.at(200_100).quiet().at(201_100).expect(". 0(0) ack 1").at(203_100).expect(". 0(0) ack 1");
    }
    try (Timeline t = Timeline.established(ON, "mss 1460, uto 200")) {
      t.at(10_100).expect(". 0(0) ack 1");
    }
  }

  @Test
  @Requirement("MUST-29")
  void onlySeveralUnansweredProbesEndTheConnection() {
    try (Timeline t = Timeline.established(ON)) {
      t.at(10_100).expect(". 0(0) ack 1").at(12_100).expect(". 0(0) ack 1").after(1500).inject(". 1(0) ack 1");
      // An answer in the end restarts the count.
      t.at(23_600).expect(". 0(0) ack 1").at(25_600).expect(". 0(0) ack 1").at(27_600).expect(". 0(0) ack 1");
      t.state(TcpState.ESTABLISHED).at(29_600).closed(CloseCause.KEEP_ALIVE_TIMEOUT).expect("R. 1(0) ack 1").quiet();
    }
  }

  @Test
  @Requirement({"MUST-26"})
  void noProbeIsSentWhileDataIsOutstanding() {
    try (Timeline t = Timeline
        .established(ON.withProbing(probing -> probing.withKeepAliveIdle(Duration.ofMillis(500))))) {
      t.write(10).expect("P. 1(10) ack 1");
      // Only the retransmission timer runs.
      t.at(1100).expect("P. 1(10) ack 1").at(3100).expect("P. 1(10) ack 1").after(100).inject(". 1(0) ack 11");
      t.at(3699).quiet().at(3700).expect(". 10(0) ack 1");
    }
  }

  @Test
  @Requirement("MAY-6")
  void aProbeMayCarryAnOctet() {
    try (Timeline t = Timeline.established(ON, Timeline.QUIRKS.withKeepAliveOctet(true))) {
      t.at(10_100);
      TcpSegment probe = t.poll();
      assertThat(probe.payload().readableBytes()).isEqualTo(1);
      assertThat(probe.seq()).isEqualTo(t.iss);
      probe.release();
      t.inject(". 1(0) ack 1").at(20_099).quiet();
    }
  }

  @Test
  void theProbesOfThePeerAreAnswered() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.inject("P. 1(10) ack 1").after(40).drop();
      t.after(1000).inject(". 10(0) ack 1").expect(". 1(0) ack 11");
      t.after(1000).inject(". 10(1) ack 1").expect(". 1(0) ack 11").readable(10).idle();
    }
  }

  @Test
  @Requirement({"MUST-24", "MUST-27"})
  void theApplicationSwitchesKeepAliveOnAndOff() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.at(2000).keepAlive(true, 5000, 1000, 2).at(5099).quiet().at(5100).expect(". 0(0) ack 1");
      t.keepAlive(true, 5000, 300, 2).after(0).expect(". 0(0) ack 1");
      t.keepAlive(false, 5000, 300, 2).idle();
    }
    // The peer has been silent for long enough already.
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.at(60_000).keepAlive(true, 5000, 1000, 2).after(0).expect(". 0(0) ack 1");
    }
    try (Timeline t = Timeline.active(Timeline.PLAIN)) {
      t.keepAlive(true, 5000, 1000, 2).handshake("mss 1460").at(5100).expect(". 0(0) ack 1");
    }
  }

  @Test
  void noProbeIsSentInTimeWait() {
    try (Timeline t = Timeline.established(ON)) {
      t.shutdownOutput().expect("F. 1(0) ack 1").inject("F. 1(0) ack 2").expect(". 2(0) ack 2");
      t.keepAlive(true, 1000, 100, 2).state(TcpState.TIME_WAIT).at(60_000).quiet();
    }
  }
}
