package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * The SYNs of a handshake: their retransmission, the data and options they carry, and the agreement that follows from
 * them.
 */
class HandshakeTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN;
  private static final TcpSettings FULL = Timeline.settings(1 << 20, true, true)
      .withWire(wire -> wire.withSelectiveAcknowledgment(true));

  // ---- retransmission

  @Test
  @Requirement("RFC6298-5-06")
  void theTimerRunsThoughTheDeviceTakesNothing() {
    try (Timeline t = Timeline.active(PLAIN)) {
      t.expect("S 0(0)").at(1000);
      assertThat(t.deadlineMillis()).isEqualTo(3000);
      t.expect("S 0(0)").quiet();
      assertThat(t.deadlineMillis()).isEqualTo(3000);
    }
  }

  @Test
  void retransmissionsAreCounted() {
    try (Timeline t = Timeline.active(PLAIN)) {
      t.expect("S 0(0)").at(1000).expect("S 0(0)").at(3000).expect("S 0(0)");
      TcpInfo info = t.info();
      assertThat(info.state()).isEqualTo(TcpState.SYN_SENT);
      assertThat(info.timing().retransmits()).isEqualTo(2);
      assertThat(info.sent().totalRetrans()).isEqualTo(2);
      assertThat(info.timing().timeouts().backoff()).isEqualTo(2);
    }
    try (Timeline t = Timeline.active(PLAIN)) {
      t.expect("S 0(0)").inject(". 9000(0) ack 7000").expect("R 7000(0)", "S 0(0)");
      assertThat(t.info().sent().totalRetrans()).isOne();
      assertThat(t.info().timing().retransmits()).as("no timeout").isZero();
    }
  }

  @Test
  void synAndSynAckHaveSeparateRetryLimits() {
    TcpSettings settings = PLAIN.withTimers(timers -> timers.withSynRetries(1).withSynAckRetries(2));
    try (Timeline t = Timeline.active(settings)) {
      t.expect("S 0(0)").at(1000).expect("S 0(0)").at(3000).closed(CloseCause.HANDSHAKE_TIMEOUT).quiet();
    }
    try (Timeline t = Timeline.passive(settings, "S 0(0)")) {
      t.expect("S. 0(0)").at(1000).expect("S. 0(0)").at(3000).expect("S. 0(0)").at(7000);
      t.closed(CloseCause.HANDSHAKE_TIMEOUT).quiet();
    }
    // A simultaneous open counts as an active one.
    try (Timeline t = Timeline.active(settings)) {
      t.expect("S 0(0)").inject("S 0(0)").expect("S. 0(0)").at(1000).expect("S. 0(0)").at(3000);
      t.closed(CloseCause.HANDSHAKE_TIMEOUT).quiet();
    }
  }

  @Test
  void linkUpResendsASynThatTimedOut() {
    try (Timeline t = Timeline.active(PLAIN)) {
      t.expect("S 0(0)").at(1000).expect("S 0(0)").at(3000).expect("S 0(0)");
      t.at(4000).linkUp().expect("S 0(0)").quiet();
      assertThat(t.deadlineMillis()).as("one initial timeout after the link came up").isEqualTo(5000);
    }
    try (Timeline t = Timeline.passive(PLAIN, "S 0(0)")) {
      t.expect("S. 0(0)").at(1000).expect("S. 0(0)").at(3000).expect("S. 0(0)");
      t.at(4000).linkUp().expect("S. 0(0)").quiet();
      assertThat(t.deadlineMillis()).isEqualTo(5000);
    }
    for (Timeline t : new Timeline[] {Timeline.active(PLAIN), Timeline.passive(PLAIN, "S 0(0)")}) {
      t.drop();
      t.at(500).linkUp().quiet();
      assertThat(t.deadlineMillis()).as("the first timeout is not shortened").isEqualTo(1000);
      t.close();
    }
  }

  @Test
  @Requirement("RFC6298-2-03")
  void anImmediateSynAckIsARoundTripSample() {
    TcpSettings settings = PLAIN.withTimers(timers -> timers.withMinRto(Duration.ofMillis(200)));
    try (Timeline t = Timeline.active(settings)) {
      t.expect("S 0(0)").inject("S. 0(0) ack 1 <mss 1460>").drop();
      assertThat(t.info().rto()).isEqualTo(Duration.ofMillis(200));
    }
  }

  // ---- contents

  @Test
  @Requirement("RFC9293-3.10.7.2-03")
  void dataOfTheSynIsAcknowledgedWhenTheHandshakeCompletes() {
    try (Timeline t = Timeline.passive(PLAIN, "S 0(7)")) {
      t.expect("S. 0(0) ack 1").inject(". 8(0) ack 1").state(TcpState.ESTABLISHED).expect(". 1(0) ack 8").quiet();
      t.read(7).idle();
    }
  }

  @Test
  @Requirement({"MUST-10", "RFC9293-3.10.7.3-07"})
  void inASimultaneousOpenDataAndFinOfTheSynWait() {
    try (Timeline t = Timeline.active(PLAIN)) {
      t.drop();
      t.inject("SF 0(7)").state(TcpState.SYN_RECEIVED).readable(0).expect("S. 0(0) ack 1");
      t.inject(". 9(0) ack 1").state(TcpState.CLOSE_WAIT).expect(". 1(0) ack 9").quiet().read(7);
    }
  }

  @Test
  @Requirement("MUST-10")
  void theSynAckOfASimultaneousOpenMayCarryData() {
    try (Timeline t = Timeline.active(PLAIN)) {
      t.drop();
      t.inject("S 0(0)").expect("S. 0(0) ack 1").inject("S. 0(5) ack 1 win 500").state(TcpState.ESTABLISHED);
      t.expect(". 1(0) ack 6").quiet().read(5);
      assertThat(t.info().sendWindow()).isEqualTo(500);
    }
    try (Timeline t = Timeline.active(PLAIN)) {
      t.drop();
      t.inject("S 0(0)").expect("S. 0(0) ack 1").inject("S. 0(0) ack 1").state(TcpState.ESTABLISHED);
      t.expect(". 1(0) ack 1").idle();
    }
  }

  @Test
  @Requirement("RFC9293-3.10.7.4-22")
  void anotherSynIsChallengedAfterAnActiveOpen() {
    try (Timeline t = Timeline.active(PLAIN)) {
      t.drop();
      t.inject("S 0(0)").expect("S. 0(0) ack 1").inject("S 500(0)").state(TcpState.SYN_RECEIVED);
      t.expect(". 1(0) ack 1").quiet().inject(". 1(0) ack 1").state(TcpState.ESTABLISHED);
    }
  }

  @Test
  @Requirement("RFC9293-3.10.7.4-14")
  void aSegmentOutsideOfTheWindowDoesNotEndTheHandshake() {
    try (Timeline t = Timeline.passive(PLAIN, "S 0(0)")) {
      t.expect("S. 0(0)").inject("P. 200000(10) ack 1").expect(". 1(0) ack 1").state(TcpState.SYN_RECEIVED);
      t.inject("R 70000(0)", "R 5(0)").state(TcpState.SYN_RECEIVED).expect(". 1(0) ack 1").quiet();
    }
  }

  @Test
  @Requirement("RFC7323-4.3-04")
  void theTimestampOfTheFinalAckIsEchoed() {
    try (Timeline t = Timeline.passive(FULL, "S 0(0) <mss 1460, wscale 3, ts 7 0>")) {
      t.expect("S. 0(0) ack 1 <mss 1460, wscale 5, ts 100 7>").inject(". 1(0) ack 1 <ts 17 100>");
      t.write(10).expect("P. 1(10) ack 1 <ts 100 17>");
    }
  }

  // ---- agreement

  @Test
  void onlyOptionsOfferedByBothSidesAreAgreedOn() {
    try (Timeline t = Timeline.passive(FULL, "S 0(0) <mss 1460, wscale 3, ts 7 0, sackOK>")) {
      t.drop();
      t.inject(". 1(0) ack 1 <ts 8 100>");
      TcpInfo.Options options = t.info().options();
      assertThat(options.sack()).isTrue();
      assertThat(options.wscale()).isTrue();
      assertThat(options.ts()).isTrue();
      assertThat(options.sndWscale()).isEqualTo(3);
    }
    try (Timeline t = Timeline.passive(FULL, "S 0(0) <mss 1460>")) {
      t.drop();
      t.inject(". 1(0) ack 1");
      TcpInfo.Options options = t.info().options();
      assertThat(options.sack()).isFalse();
      assertThat(options.wscale()).isFalse();
      assertThat(options.ts()).isFalse();
      assertThat(options.sndWscale()).isZero();
      assertThat(options.rcvWscale()).isZero();
      assertThat(options.ecn()).isFalse();
      assertThat(options.ecnseen()).isFalse();
      t.inject("[ect0] P. 1(10) ack 1");
      assertThat(t.info().options().ecnseen()).isTrue();
      t.after(40).drop();
    }
  }
}
