package io.reactorstack.agent.driver;

import static io.reactorstack.agent.driver.Scenario.PLAIN;
import static io.reactorstack.agent.driver.Scenario.WITH_TIMESTAMPS;
import static io.reactorstack.agent.driver.Scenario.receive;
import static io.reactorstack.agent.driver.Scenario.send;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Keep-alive, user timeout and window probes: the reaction to a peer that does not answer or does not read. */
class SilenceScenarioTest {

  private static final int ETIMEDOUT = 110;
  private static final int POLLERR_AND_MORE = 8 | 0x10;

  /** Sets keep-alive: three probes after 5 s of silence, 2 s apart. */
  private static void keepAlive(Scenario s, int sid) {
    s.set(sid, 6, 4, 5);
    s.set(sid, 6, 5, 2);
    s.set(sid, 6, 6, 3);
    s.set(sid, 1, 9, 1);
  }

  @Test
  void deadPeerIsProbedAndTimesOut() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(WITH_TIMESTAMPS);
      keepAlive(s, c.sid());
      assertThat(s.get(c.sid(), 6, 4)).isEqualTo(5);
      var reading = s.begin(16, receive(c.sid(), 100, 0)).waits();
      c.play("""
         5100 > . 0:0(0) ack 1 <nop,nop,TS val 5100 ecr 100>
         7100 > . 0:0(0) ack 1 <nop,nop,TS val 7100 ecr 100>
         9100 > . 0:0(0) ack 1 <nop,nop,TS val 9100 ecr 100>
         """);
      assertThat(s.info(c.sid(), 4)).isEqualTo(3);
      c.play("11100 > R. 1:1(0) ack 1");
      assertThat(reading.endsAt(11_100)).isEqualTo(-ETIMEDOUT);
      assertThat(s.read(c.sid(), 100)).isZero();
      assertThat(s.error(15, send(c.sid(), 1, 0))).isEqualTo(Scenario.EPIPE);
    }
  }

  @Test
  void answerRestartsTheKeepAliveTime() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      keepAlive(s, c.sid());
      c.play("""
         5100 > . 0:0(0) ack 1
         5200 < . 1:1(0) ack 1 win 65535
        10200 > . 0:0(0) ack 1
        12200 > . 0:0(0) ack 1
        12300 < . 1:1(0) ack 1 win 65535
        """);
      assertThat(s.info(c.sid(), 4)).isZero();
      s.set(c.sid(), 1, 9, 0);
      s.silence(100_000);
    }
  }

  @Test
  void acceptedSocketsInheritOptionsOfTheirListener() {
    try (Scenario s = Scenario.begin()) {
      int listener = s.listener(5);
      // Set after listen.
      keepAlive(s, listener);
      s.set(listener, 6, 1, 1);
      Flow flow = s.fromPeer().play(PLAIN);
      int sid = s.accept(listener);
      assertThat(s.get(sid, 1, 9)).isEqualTo(1);
      assertThat(s.get(sid, 6, 1)).isEqualTo(1);
      s.write(sid, 10);
      s.write(sid, 10);
      flow.play("""
          100 > P. 1:11(10) ack 1
          100 > P. 11:21(10) ack 1
          200 < . 1:1(0) ack 21 win 65535
         5200 > . 20:20(0) ack 1
         """);
    }
  }

  @Test
  void userTimeoutEndsTheWaitForAnAcknowledgement() {
    try (Scenario s = Scenario.begin("defaults", "sysctl net.ipv4.tcp_early_retrans=0")) {
      var c = s.accepted(WITH_TIMESTAMPS);
      s.set(c.sid(), 6, 18, 3000);
      assertThat(s.get(c.sid(), 6, 18)).isEqualTo(3000);
      s.write(c.sid(), 1000);
      var reading = s.begin(16, receive(c.sid(), 100, 0)).waits();
      c.play("""
          100 > P. 1:1001(1000) ack 1
          400 > P. 1:1001(1000) ack 1
         1000 > P. 1:1001(1000) ack 1
         2200 > P. 1:1001(1000) ack 1
         20000 silence
         """);
      assertThat(reading.endsAt(3100)).isEqualTo(-ETIMEDOUT);
      assertThat(s.poll(c.sid(), 1) & POLLERR_AND_MORE).isEqualTo(0x10);
    }
  }

  @Test
  void userTimeoutOfTheListenerIsInherited() {
    try (Scenario s = Scenario.begin("defaults", "sysctl net.ipv4.tcp_early_retrans=0")) {
      int listener = s.listener(5);
      s.set(listener, 6, 18, 500);
      Flow flow = s.fromPeer().play(WITH_TIMESTAMPS);
      int sid = s.accept(listener);
      s.write(sid, 1000);
      flow.play("""
          100 > P. 1:1001(1000) ack 1
          400 > P. 1:1001(1000) ack 1
          """);
      s.silence(700);
      assertThat(s.error(16, receive(sid, 10, 0))).isEqualTo(ETIMEDOUT);
    }
  }

  @Test
  void zeroWindowIsProbedWithoutDataAndReopensToFullSegments() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.write(c.sid(), 1000);
      c.play("""
          100 > P. 1:1001(1000) ack 1
          200 < . 1:1(0) ack 1001 win 0
          """);
      s.write(c.sid(), 2000);
      assertThat(s.outqNotSent(c.sid())).isEqualTo(2000);
      // The RTO is the round-trip time of 100 ms, but at least 200 ms.
      c.play("""
          500 > . 1000:1000(0) ack 1
          510 < . 1:1(0) ack 1001 win 0
         """);
      assertThat(s.info(c.sid(), 4)).isZero();
      c.play("""
         1100 > . 1000:1000(0) ack 1
         1110 < . 1:1(0) ack 1001 win 0
         2300 > . 1000:1000(0) ack 1
         """);
      assertThat(s.info(c.sid(), 4)).isEqualTo(1);
      assertThat(s.info(c.sid(), 5)).isEqualTo(3);
      c.play("""
         2400 < . 1:1(0) ack 1001 win 65535
         2400 > . 1001:2001(1000) ack 1
         2400 > P. 2001:3001(1000) ack 1
         2500 < . 1:1(0) ack 3001 win 65535
        60000 silence
        """);
    }
  }

  @Test
  void unansweredWindowProbesEndTheConnection() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.set(c.sid(), 6, 18, 2000);
      c.play("150 < . 1:1(0) ack 1 win 0");
      s.write(c.sid(), 1000);
      c.play("""
          450 > . 0:0(0) ack 1
         1050 > . 0:0(0) ack 1
         2250 > . 0:0(0) ack 1
         """);
      s.silence(2450);
      assertThat(s.error(16, receive(c.sid(), 10, 0))).isEqualTo(ETIMEDOUT);
    }
  }
}
