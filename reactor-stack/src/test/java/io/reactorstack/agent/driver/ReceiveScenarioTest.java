package io.reactorstack.agent.driver;

import static io.reactorstack.agent.driver.Scenario.PLAIN;
import static io.reactorstack.agent.driver.Scenario.WITH_SACK;
import static io.reactorstack.agent.driver.Scenario.WITH_TIMESTAMPS;
import static io.reactorstack.agent.driver.Scenario.receive;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Which segments are acknowledged, and when. */
class ReceiveScenarioTest {

  @Test
  void firstSegmentsAreAcknowledgedImmediately() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      c.play("""
          100 < P. 1:101(100) ack 1 win 65535
          100 > . 1:1(0) ack 101
          200 < P. 101:201(100) ack 1 win 65535
          200 > . 1:1(0) ack 201
          1000 silence
          """);
      assertThat(s.inq(c.sid())).isEqualTo(200);
      assertThat(s.read(c.sid(), 150)).isEqualTo(150);
      assertThat(s.read(c.sid(), 150)).isEqualTo(50);
      s.silence(2000);
    }
  }

  @Test
  void withoutQuickAckTheAcknowledgementIsDelayedFortyMilliseconds() {
    try (Scenario s = Scenario.begin("defaults freebsd")) {
      var c = s.accepted(PLAIN);
      c.play("""
          100 < P. 1:101(100) ack 1 win 65535
          140 > . 1:1(0) ack 101
          200 < . 101:1101(1000) ack 1 win 65535
          200.5 < . 1101:2101(1000) ack 1 win 65535
          200.5 > . 1:1(0) ack 2101
          300 < . 2101:3101(1000) ack 1 win 65535
          340 > . 1:1(0) ack 3101
          400 < F. 3101:3101(0) ack 1 win 65535
          400 > . 1:1(0) ack 3102
          """);
    }
  }

  @Test
  void acknowledgementIsPiggybackedOnData() {
    try (Scenario s = Scenario.begin("defaults freebsd")) {
      var c = s.accepted(PLAIN);
      c.play("100 < P. 1:101(100) ack 1 win 65535");
      s.at(120).write(c.sid(), 10);
      c.play("""
          120 > P. 1:11(10) ack 101
          200 silence
          """);
    }
  }

  @Test
  void outOfOrderSegmentsAreAcknowledgedImmediatelyWithSackBlocks() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(WITH_SACK);
      c.play("""
          100 < . 1001:2001(1000) ack 1 win 512
          100 > . 1:1(0) ack 1 <nop,nop,sack 1001:2001>
          110 < . 3001:4001(1000) ack 1 win 512
          110 > . 1:1(0) ack 1 <nop,nop,sack 3001:4001 1001:2001>
          120 < . 5001:6001(1000) ack 1 win 512
          120 > . 1:1(0) ack 1 <nop,nop,sack 5001:6001 3001:4001 1001:2001>
          130 < . 7001:8001(1000) ack 1 win 512
          130 > . 1:1(0) ack 1 <nop,nop,sack 7001:8001 5001:6001 3001:4001 1001:2001>
          140 < . 9001:10001(1000) ack 1 win 512
          140 > . 1:1(0) ack 1 <nop,nop,sack 9001:10001 7001:8001 5001:6001 3001:4001>
          150 < . 2001:3001(1000) ack 1 win 512
          150 > . 1:1(0) ack 1 <nop,nop,sack 1001:4001 9001:10001 7001:8001 5001:6001>
          160 < . 1:1001(1000) ack 1 win 512
          160 > . 1:1(0) ack 4001 <nop,nop,sack 9001:10001 7001:8001 5001:6001>
          170 < . 4001:9001(5000) ack 1 win 512
          170 > . 1:1(0) ack 10001 <nop,nop,sack 5001:6001>
          """);
      assertThat(s.inq(c.sid())).isEqualTo(10_000);
    }
  }

  @Test
  void timestampsLeaveSpaceForThreeSackBlocks() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(WITH_TIMESTAMPS);
      c.play("""
          100 < . 1001:2001(1000) ack 1 win 512 <nop,nop,TS val 100 ecr 0>
          100 > . 1:1(0) ack 1 <nop,nop,TS val 100 ecr 100,nop,nop,sack 1001:2001>
          110 < . 3001:4001(1000) ack 1 win 512 <nop,nop,TS val 110 ecr 0>
          110 > . 1:1(0) ack 1 <nop,nop,TS val 110 ecr 100,nop,nop,sack 3001:4001 1001:2001>
          120 < . 5001:6001(1000) ack 1 win 512 <nop,nop,TS val 120 ecr 0>
          120 > . 1:1(0) ack 1 <nop,nop,TS val 120 ecr 100,nop,nop,sack 5001:6001 3001:4001 1001:2001>
          130 < . 7001:8001(1000) ack 1 win 512 <nop,nop,TS val 130 ecr 0>
          130 > . 1:1(0) ack 1 <nop,nop,TS val 130 ecr 100,nop,nop,sack 7001:8001 5001:6001 3001:4001>
          """);
    }
  }

  @Test
  void duplicatesAreReportedByDsack() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(WITH_SACK);
      c.play("""
          100 < . 1:1001(1000) ack 1 win 512
          100 > . 1:1(0) ack 1001 <>
          200 < . 1:1001(1000) ack 1 win 512
          200 > . 1:1(0) ack 1001 <nop,nop,sack 1:1001>
          300 < . 2001:3001(1000) ack 1 win 512
          300 > . 1:1(0) ack 1001 <nop,nop,sack 2001:3001>
          400 < . 2001:3001(1000) ack 1 win 512
          400 > . 1:1(0) ack 1001 <nop,nop,sack 2001:3001 2001:3001>
          500 < . 1:2001(2000) ack 1 win 512
          500 > . 1:1(0) ack 3001 <nop,nop,sack 1:1001>
          """);
    }
    try (Scenario s = Scenario.begin("defaults", "sysctl net.ipv4.tcp_dsack=0")) {
      var c = s.accepted(WITH_SACK);
      c.play("""
          100 < . 1:1001(1000) ack 1 win 512
          100 > . 1:1(0) ack 1001 <>
          200 < . 1:1001(1000) ack 1 win 512
          200 > . 1:1(0) ack 1001 <>
          """);
    }
  }

  @Test
  void segmentMergedByOffloadIsAcknowledgedAsOne() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      c.play("""
          100 < P. 1:60001(60000) ack 1 win 65535
          100 > . 1:1(0) ack 60001
          """);
      assertThat(s.read(c.sid(), 100_000)).isEqualTo(60_000);
    }
  }

  @Test
  void peekLeavesTheDataAndWaitAllWaitsForIt() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      c.play("""
          100 < P. 1:101(100) ack 1 win 65535
          100 > . 1:1(0) ack 101
          """);
      assertThat(s.ok(16, receive(c.sid(), 1000, 2))).isEqualTo(100);
      assertThat(s.inq(c.sid())).isEqualTo(100);
      var all = s.begin(16, receive(c.sid(), 150, 0x100)).waits();
      c.play("""
          200 < P. 101:141(40) ack 1 win 65535
          200 > . 1:1(0) ack 141
          """);
      all.waits();
      c.play("""
          300 < P. 141:241(100) ack 1 win 65535
          300 > . 1:1(0) ack 241
          """);
      assertThat(all.endsAt(300)).isEqualTo(150);
      assertThat(s.inq(c.sid())).isEqualTo(91 - 1);
      assertThat(s.error(16, receive(s.tcp(), 150, 0))).isEqualTo(107);
      assertThat(s.read(c.sid(), 1000)).isEqualTo(90);
      assertThat(s.error(16, receive(c.sid(), 150, 0x40))).isEqualTo(11);
      var more = s.begin(16, receive(c.sid(), 150, 0)).waits();
      c.play("""
          400 < F. 241:241(0) ack 1 win 65535
          400 > . 1:1(0) ack 242
          """);
      assertThat(more.endsAt(400)).isZero();
      assertThat(s.read(c.sid(), 10)).isZero();
      assertThat(s.poll(c.sid(), 0x2005)).isEqualTo(0x2005);
    }
  }

  @Test
  void closedWindowReopensWithAnUpdate() {
    try (Scenario s = Scenario.begin("defaults", "sysctl net.ipv4.tcp_rmem=4096 20000 20000")) {
      int listener = s.listener(1);
      Flow flow = s.fromPeer().play("""
            0 < S 0:0(0) win 65535 <mss 1000>
            0 > S. 0:0(0) ack 1 win 20000 <mss 1460>
          100 < . 1:1(0) ack 1 win 65535
          """);
      int sid = s.accept(listener);
      int sent = 1;
      while (s.info(sid, 49) >= 1000) {
        flow.play("200 < . " + sent + ":" + (sent + 1000) + "(1000) ack 1 win 65535");
        sent += 1000;
        s.next(200);
      }
      s.silence(1000);
      int held = s.inq(sid);
      assertThat(held).isGreaterThan(14_000);
      s.read(sid, 100_000);
      flow.play("1000 > . 1:1(0) ack " + (held + 1));
      s.silence(2000);
    }
  }

  @Test
  void acknowledgementsOfOldAndStraySegmentsAreRateLimited() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      c.play("""
          100 < P. 1:101(100) ack 1 win 65535
          100 > . 1:1(0) ack 101
          # beyond the window
          1000 < . 700101:700201(100) ack 1 win 65535
          1000 > . 1:1(0) ack 101
          # old data again
          2000 < P. 1:101(100) ack 1 win 65535
          2000 > . 1:1(0) ack 101
          # a keep-alive
          3000 < . 100:100(0) ack 1 win 65535
          3000 > . 1:1(0) ack 101
          # an acknowledgement of what was never sent
          4000 < . 101:101(0) ack 5000 win 65535
          4000 > . 1:1(0) ack 101
          4200 < . 101:101(0) ack 5000 win 65535
          4499 silence
          4501 < . 101:101(0) ack 5000 win 65535
          4501 > . 1:1(0) ack 101
          5000 silence
          """);
    }
  }

  @Test
  void synOrResetInsideTheWindowIsChallenged() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      c.play("""
          1000 < S 500:500(0) win 65535
          1000 > . 1:1(0) ack 1
          2000 < R 500:500(0) win 65535
          2000 > . 1:1(0) ack 1
          3000 < R 700000:700000(0) win 0
          3500 silence
          4000 < R 1:1(0) win 0
          5000 silence
          """);
      assertThat(s.error(16, receive(c.sid(), 100, 0))).isEqualTo(104);
      assertThat(s.read(c.sid(), 10)).isZero();
      assertThat(s.error(15, Scenario.send(c.sid(), 10, 0))).isEqualTo(32);
    }
  }

  @Test
  void pawsRejectsOldTimestamps() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(WITH_TIMESTAMPS);
      c.play("""
          200 < P. 1:101(100) ack 1 win 512 <nop,nop,TS val 200 ecr 0>
          200 > . 1:1(0) ack 101 <nop,nop,TS val 200 ecr 200>
          1000 < P. 101:201(100) ack 1 win 512 <nop,nop,TS val 150 ecr 0>
          1000 > . 1:1(0) ack 101 <nop,nop,TS val 1000 ecr 200>
          2000 < P. 101:201(100) ack 1 win 512
          """);
    }
  }

  @Test
  void dataBeforeAResetCanStillBeRead() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      c.play("""
          100 < P. 1:101(100) ack 1 win 65535
          100 > . 1:1(0) ack 101
          200 < R. 101:101(0) ack 1 win 0
          """);
      assertThat(s.inq(c.sid())).isEqualTo(100);
      assertThat(s.read(c.sid(), 1000)).isEqualTo(100);
      assertThat(s.error(16, receive(c.sid(), 100, 0))).isEqualTo(104);
      assertThat(s.read(c.sid(), 10)).isZero();
    }
  }

  @Test
  void urgentDataStaysInLine() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      c.play("""
          100 < PU. 1:101(100) ack 1 win 65535 urg 50
          100 > . 1:1(0) ack 101
          """);
      assertThat(s.read(c.sid(), 1000)).isEqualTo(100);
    }
  }
}
