package io.reactorstack.agent.driver;

import static io.reactorstack.agent.driver.Driver.args;
import static io.reactorstack.agent.driver.Scenario.PLAIN;
import static io.reactorstack.agent.driver.Scenario.WITH_SACK;
import static io.reactorstack.agent.driver.Scenario.WITH_TIMESTAMPS;
import static io.reactorstack.agent.driver.Scenario.send;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Which segments are sent, and when, while nothing is lost. */
class SendScenarioTest {

  @Test
  void initialWindowIsTenSegmentsAndDoubles() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(WITH_SACK);
      s.write(c.sid(), 40_000);
      assertThat(s.outq(c.sid())).isEqualTo(40_000);
      assertThat(s.outqNotSent(c.sid())).isEqualTo(30_000);
      for (int i = 0; i < 10; i++) {
        c.play("100 > . " + (1 + 1000 * i) + ":" + (1001 + 1000 * i) + "(1000) ack 1");
      }
      s.silence(150);
      c.play("200 < . 1:1(0) ack 10001 win 512");
      for (int i = 10; i < 29; i++) {
        c.play("200 > . " + (1 + 1000 * i) + ":" + (1001 + 1000 * i) + "(1000) ack 1");
      }
      c.play("200 > . 29001:30001(1000) ack 1");
      assertThat(s.info(c.sid(), 26)).isEqualTo(20);
      assertThat(s.info(c.sid(), 14)).isEqualTo(20);
      c.play("300 < . 1:1(0) ack 30001 win 512");
      for (int i = 30; i < 39; i++) {
        c.play("300 > . " + (1 + 1000 * i) + ":" + (1001 + 1000 * i) + "(1000) ack 1");
      }
      c.play("300 > P. 39001:40001(1000) ack 1");
      c.play("400 < . 1:1(0) ack 40001 win 512");
      assertThat(s.info(c.sid(), 26)).isEqualTo(40);
      s.silence(10_000);
    }
  }

  @Test
  void nagleWaitsForTheAcknowledgement() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.write(c.sid(), 10);
      c.play("100 > P. 1:11(10) ack 1");
      s.at(110).write(c.sid(), 10);
      s.at(120).write(c.sid(), 10);
      c.play("""
          190 silence
          200 < . 1:1(0) ack 11 win 65535
          200 > P. 11:31(20) ack 1
          """);
    }
  }

  @Test
  void lastPartialSegmentOfAWriteDoesNotWaitForItsFullSegments() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.write(c.sid(), 2500);
      c.play("""
          100 > . 1:1001(1000) ack 1
          100 > . 1001:2001(1000) ack 1
          100 > P. 2001:2501(500) ack 1
          """);
      s.write(c.sid(), 100);
      c.play("""
          190 silence
          200 < . 1:1(0) ack 2001 win 65535
          300 < . 1:1(0) ack 2501 win 65535
          300 > P. 2501:2601(100) ack 1
          """);
    }
  }

  @Test
  void sendBufferSetLaterAppliesToLaterWrites() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.set(c.sid(), 1, 7, 5000);
      assertThat(s.get(c.sid(), 1, 7)).isEqualTo(10_000);
      assertThat(s.ok(15, send(c.sid(), 40_000, 0x40))).isEqualTo(10_000);
      assertThat(s.error(15, send(c.sid(), 1, 0x40))).isEqualTo(11);
      s.set(c.sid(), 1, 7, 6000);
      assertThat(s.ok(15, send(c.sid(), 40_000, 0x40))).isEqualTo(2000);
      s.set(c.sid(), 1, 7, 5000);
      assertThat(s.error(15, send(c.sid(), 1, 0x40))).isEqualTo(11);
      assertThat(s.outq(c.sid())).isEqualTo(12_000);
    }
  }

  @Test
  void congestionControlCanBeReplacedDuringAConnection() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(WITH_SACK);
      s.write(c.sid(), 30_000);
      for (int i = 0; i < 10; i++) {
        c.play("100 > . " + (1 + 1000 * i) + ":" + (1001 + 1000 * i) + "(1000) ack 1");
      }
      c.play("200 < . 1:1(0) ack 10001 win 512");
      s.ok(20, args().i32(c.sid(), 6, 13).bytes("reno".getBytes(StandardCharsets.US_ASCII)));
      for (int i = 10; i < 29; i++) {
        c.play("200 > . " + (1 + 1000 * i) + ":" + (1001 + 1000 * i) + "(1000) ack 1");
      }
      c.play("200 > P. 29001:30001(1000) ack 1");
      assertThat(s.info(c.sid(), 26)).as("the window is kept").isEqualTo(20);
    }
  }

  @Test
  void noDelaySendsWhatNagleHeldBack() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.write(c.sid(), 10);
      c.play("100 > P. 1:11(10) ack 1");
      s.at(110).write(c.sid(), 10);
      s.silence(120);
      s.set(c.sid(), 6, 1, 1);
      c.play("120 > P. 11:21(10) ack 1");
      s.write(c.sid(), 5);
      c.play("120 > P. 21:26(5) ack 1");
    }
  }

  @Test
  void corkHoldsPartialSegmentsBack() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.set(c.sid(), 6, 3, 1);
      s.write(c.sid(), 600);
      s.silence(150);
      s.write(c.sid(), 600);
      c.play("150 > . 1:1001(1000) ack 1");
      s.silence(200);
      s.set(c.sid(), 6, 3, 0);
      c.play("""
          200 > P. 1001:1201(200) ack 1
          250 < . 1:1(0) ack 1201 win 65535
          """);
    }
  }

  @Test
  void moreHoldsAPartialSegmentBackUntilTheNextWrite() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.ok(15, send(c.sid(), 400, 0x8000));
      s.silence(150);
      s.ok(15, send(c.sid(), 400, 0));
      c.play("150 > P. 1:801(800) ack 1");
    }
  }

  @Test
  void retransmissionsToASilentPeerBackOff() {
    try (Scenario s = Scenario.begin("defaults", "sysctl net.ipv4.tcp_early_retrans=0")) {
      var c = s.accepted(WITH_TIMESTAMPS);
      s.write(c.sid(), 1000);
      // The round-trip time is 100 ms and its variation 50 ms, so the RTO is 300 ms.
      c.play("""
          100 > P. 1:1001(1000) ack 1 <nop,nop,TS val 100 ecr 100>
          400 > P. 1:1001(1000) ack 1 <nop,nop,TS val 400 ecr 100>
         1000 > P. 1:1001(1000) ack 1
         2200 > P. 1:1001(1000) ack 1
         4600 > P. 1:1001(1000) ack 1
         9400 > P. 1:1001(1000) ack 1
        19000 > P. 1:1001(1000) ack 1
        38200 > P. 1:1001(1000) ack 1
        76600 > P. 1:1001(1000) ack 1
       153400 > P. 1:1001(1000) ack 1
       273400 > P. 1:1001(1000) ack 1
       """);
      assertThat(s.info(c.sid(), 3)).isEqualTo(10);
      assertThat(s.info(c.sid(), 10)).isEqualTo(120_000_000);
    }
  }

  @Test
  void tailLossProbeIsSentAfterTwoRoundTrips() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(WITH_TIMESTAMPS);
      s.write(c.sid(), 1000);
      // With one segment in flight, 2 SRTT plus the maximum delay of the acknowledgement, 200 ms, exceeds the RTO of
      // 300 ms.
      c.play("""
          100 > P. 1:1001(1000) ack 1
          400 > P. 1:1001(1000) ack 1
          """);
    }
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(WITH_TIMESTAMPS);
      s.write(c.sid(), 2000);
      c.play("""
          100 > . 1:1001(1000) ack 1
          100 > P. 1001:2001(1000) ack 1
          300 > P. 1001:2001(1000) ack 1
          600 > . 1:1001(1000) ack 1
         1200 > . 1:1001(1000) ack 1
         """);
    }
  }

  @Test
  void trafficClassAndHopLimitApplyToLaterPackets() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.set(c.sid(), 0, 1, 0x28);
      s.set(c.sid(), 0, 2, 9);
      s.write(c.sid(), 1000);
      byte[] packet = s.next(100).bytes();
      assertThat(Packets.trafficClass(packet)).isEqualTo(0x28);
      assertThat(Packets.hopLimit(packet)).isEqualTo(9);
    }
  }

  @Test
  void peersWindowIsNeverExceeded() {
    try (Scenario s = Scenario.begin()) {
      int listener = s.listener(1);
      Flow flow = s.fromPeer().play("""
            0 < S 0:0(0) win 65535 <mss 1000>
            0 > S. 0:0(0) ack 1 <mss 1460>
          100 < . 1:1(0) ack 1 win 2500
          """);
      int sid = s.accept(listener);
      s.write(sid, 5000);
      flow.play("""
          100 > . 1:1001(1000) ack 1
          100 > . 1001:2001(1000) ack 1
          150 silence
          200 < . 1:1(0) ack 2001 win 2500
          200 > . 2001:3001(1000) ack 1
          200 > . 3001:4001(1000) ack 1
          300 < . 1:1(0) ack 4001 win 2500
          300 > P. 4001:5001(1000) ack 1
          """);
    }
  }

  @Test
  void blockingSendReturnsWhenAllDataIsBuffered() {
    try (Scenario s = Scenario.begin("defaults", "sysctl net.ipv4.tcp_wmem=4096 8192 8192")) {
      var c = s.accepted(PLAIN);
      var sending = s.begin(15, send(c.sid(), 10_000, 0)).waits();
      for (int i = 0; i < 7; i++) {
        c.play("100 > . " + (1 + 1000 * i) + ":" + (1001 + 1000 * i) + "(1000) ack 1");
      }
      c.play("200 < . 1:1(0) ack 3001 win 65535");
      assertThat(sending.endsAt(200)).isEqualTo(10_000);
      s.set(c.sid(), 6, 1, 0);
    }
  }

  @Test
  void nonBlockingSendTakesWhatFitsIntoTheBuffer() {
    try (Scenario s = Scenario.begin("defaults", "sysctl net.ipv4.tcp_wmem=4096 8192 8192")) {
      var c = s.accepted(PLAIN);
      s.ok(21, Driver.args().i32(c.sid(), 4).i64(0x800));
      assertThat(s.ok(21, Driver.args().i32(c.sid(), 3).i64(0))).isEqualTo(0x802);
      assertThat(s.write(c.sid(), 10_000)).isEqualTo(8192);
      assertThat(s.error(15, send(c.sid(), 1, 0))).isEqualTo(11);
      assertThat(s.poll(c.sid(), 4)).isZero();
    }
  }

  @Test
  void pushMarksTheEndOfEachWrite() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(WITH_SACK);
      s.write(c.sid(), 2000);
      s.write(c.sid(), 3000);
      c.play("""
          100 > . 1:1001(1000) ack 1
          100 > P. 1001:2001(1000) ack 1
          100 > . 2001:3001(1000) ack 1
          100 > . 3001:4001(1000) ack 1
          100 > P. 4001:5001(1000) ack 1
          """);
    }
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(WITH_SACK);
      for (int i = 0; i < 6; i++) {
        s.write(c.sid(), 2000);
      }
      s.write(c.sid(), 1000);
      for (int i = 0; i < 10; i++) {
        c.play("100 > " + (i % 2 == 0 ? "." : "P.") + " " + (1 + 1000 * i) + ":" + (1001 + 1000 * i) + "(1000) ack 1");
      }
      // The writes that had to wait count as one: only its end is pushed.
      c.play("""
          200 < . 1:1(0) ack 10001 win 512
          200 > . 10001:11001(1000) ack 1
          200 > . 11001:12001(1000) ack 1
          200 > P. 12001:13001(1000) ack 1
          300 < . 1:1(0) ack 10001 win 512 <sack 11001:13001>
          """);
    }
  }

  @Test
  void corkIsReleasedByATimeout() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.set(c.sid(), 6, 3, 1);
      s.write(c.sid(), 600);
      c.play("400 > P. 1:601(600) ack 1");
      s.write(c.sid(), 10);
      s.silence(490);
    }
  }
}
