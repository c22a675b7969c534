package io.reactorstack.agent.driver;

import static io.reactorstack.agent.driver.Scenario.PLAIN;
import static io.reactorstack.agent.driver.Scenario.receive;
import static io.reactorstack.agent.driver.Scenario.send;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The ends of connections: orderly close, half close, resets, lingering and ICMP errors. */
class CloseScenarioTest {

  @Test
  void activeCloseThroughTimeWait() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.close(c.sid());
      c.play("""
          100 > F. 1:1(0) ack 1
          200 < . 1:1(0) ack 2 win 65535
          300 < F. 1:1(0) ack 2 win 65535
          300 > . 2:2(0) ack 2
          # the peer has not got it
          1300 < F. 1:1(0) ack 2 win 65535
          1300 > . 2:2(0) ack 2
          61299 silence
          # TIME-WAIT has ended
          61301 < F. 1:1(0) ack 2 win 65535
          61301 > R 2:2(0)
          """);
    }
  }

  @Test
  void passiveClose() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      c.play("""
          100 < F. 1:1(0) ack 1 win 65535
          100 > . 1:1(0) ack 2
          """);
      assertThat(s.info(c.sid(), 1)).isEqualTo(8);
      assertThat(s.read(c.sid(), 10)).isZero();
      s.write(c.sid(), 100);
      c.play("100 > P. 1:101(100) ack 2");
      s.close(c.sid());
      c.play("""
          100 > F. 101:101(0) ack 2
          200 < . 2:2(0) ack 102 win 65535
          1000 silence
          1000 < . 2:2(0) ack 102 win 65535
          1000 > R 102:102(0)
          """);
    }
  }

  @Test
  void simultaneousClose() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.shutdown(c.sid(), 1);
      c.play("""
          100 > F. 1:1(0) ack 1
          110 < F. 1:1(0) ack 1 win 65535
          110 > . 2:2(0) ack 2
          """);
      assertThat(s.info(c.sid(), 1)).isEqualTo(11);
      c.play("""
          200 < . 2:2(0) ack 2 win 65535
          60199 silence
          """);
      assertThat(s.read(c.sid(), 10)).isZero();
      assertThat(s.error(15, send(c.sid(), 10, 0))).isEqualTo(32);
    }
  }

  @Test
  void halfClosedConnectionContinuesToReceive() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.write(c.sid(), 100);
      s.shutdown(c.sid(), 1);
      c.play("""
          100 > P. 1:101(100) ack 1
          100 > F. 101:101(0) ack 1
          200 < . 1:1(0) ack 102 win 65535
          200 < P. 1:1001(1000) ack 102 win 65535
          200 > . 102:102(0) ack 1001
          """);
      assertThat(s.error(15, send(c.sid(), 10, 0))).isEqualTo(32);
      assertThat(s.read(c.sid(), 10_000)).isEqualTo(1000);
      assertThat(s.info(c.sid(), 1)).isEqualTo(5);
      assertThat(s.poll(c.sid(), 5)).isEqualTo(4);
      s.close(c.sid());
      c.play("""
          60199 silence
          # FIN-WAIT-2 of an orphan ends after a minute, counted from its close
          60301 < F. 1001:1001(0) ack 102 win 65535
          60301 > R 102:102(0)
          """);
    }
  }

  @Test
  void dataForAClosedSocketIsReset() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.close(c.sid());
      c.play("""
          100 > F. 1:1(0) ack 1
          200 < P. 1:101(100) ack 2 win 65535
          200 > R 2:2(0)
          """);
    }
  }

  @Test
  void closeWithUnreadDataSendsAReset() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      c.play("""
          100 < P. 1:101(100) ack 1 win 65535
          100 > . 1:1(0) ack 101
          """);
      s.close(c.sid());
      c.play("100 > R. 1:1(0) ack 101");
    }
  }

  @Test
  void lingerOfZeroSecondsResets() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.set(c.sid(), 1, 13, 1, 0);
      s.close(c.sid());
      c.play("""
          100 > R. 1:1(0) ack 1
          1000 silence
          """);
    }
  }

  @Test
  void lingeringCloseWaitsForTheAcknowledgement() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.set(c.sid(), 1, 13, 1, 10);
      s.write(c.sid(), 100);
      var close = s.begin(18, Driver.args().i32(c.sid())).waits();
      c.play("""
          100 > P. 1:101(100) ack 1
          100 > F. 101:101(0) ack 1
          150 < . 1:1(0) ack 101 win 65535
          """);
      close.waits();
      c.play("200 < . 1:1(0) ack 102 win 65535");
      assertThat(close.endsAt(200)).isZero();
    }
  }

  @Test
  void closingASocketEndsTheCallsOnIt() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      var reading = s.begin(16, receive(c.sid(), 10, 0)).waits();
      s.at(150).close(c.sid());
      assertThat(reading.endsAt(150)).isEqualTo(-9);
      assertThat(s.error(16, receive(c.sid(), 10, 0))).isEqualTo(9);
    }
  }

  @Test
  void shutdownOfBothDirections() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.shutdown(c.sid(), 2);
      c.play("100 > F. 1:1(0) ack 1");
      assertThat(s.read(c.sid(), 10)).isZero();
      assertThat(s.poll(c.sid(), 0x2005)).isEqualTo(0x2015);
      assertThat(s.error(17, Driver.args().i32(s.tcp(), 1))).isEqualTo(107);
      c.play("""
          200 < . 1:1(0) ack 2 win 65535
          300 < P. 1:101(100) ack 2 win 65535
          300 > R 2:2(0)
          """);
    }
  }

  @Test
  void resetAfterThePeersFinIsABrokenPipe() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      c.play("""
          100 < F. 1:1(0) ack 1 win 65535
          100 > . 1:1(0) ack 2
          200 < R 2:2(0) win 0
          """);
      assertThat(s.read(c.sid(), 10)).isZero();
      assertThat(s.error(15, send(c.sid(), 10, 0))).isEqualTo(32);
    }
  }

  @Test
  void finIsRetransmitted() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.close(c.sid());
      c.play("""
          100 > F. 1:1(0) ack 1
          400 > F. 1:1(0) ack 1
          1000 > F. 1:1(0) ack 1
          2200 > F. 1:1(0) ack 1
          """);
    }
  }

  @Test
  void connectToAfUnspecDissolvesTheConnection() {
    try (Scenario s = Scenario.begin()) {
      int sid = s.tcpNonBlocking();
      assertThat(s.error(14, s.remote(sid, 8080))).isEqualTo(115);
      s.toPeer().play("""
            0 > S 0:0(0)
          100 < S. 0:0(0) ack 1 win 5792 <mss 1460>
          100 > . 1:1(0) ack 1
          """);
      s.ok(14, Driver.args().i32(sid).u8(1).u16(0).bytes(new byte[16]));
      s.next(100);
      assertThat(s.error(14, s.remote(sid, 8080))).isEqualTo(115);
      s.toPeer().play("100 > S 0:0(0)");
    }
  }

  @Test
  void closingAListenerResetsUnacceptedConnections() {
    try (Scenario s = Scenario.begin()) {
      int listener = s.listener(5);
      Flow flow = s.fromPeer().play(PLAIN);
      assertThat(s.poll(listener, 5)).isEqualTo(1);
      s.close(listener);
      flow.play("""
          100 > R. 1:1(0) ack 1
          """);
    }
  }

  @Test
  void icmpErrors() {
    try (Scenario s = Scenario.begin()) {
      int sid = s.tcp();
      var connect = s.begin(14, s.remote(sid, 8080));
      s.toPeer().play("0 > S 0:0(0)").icmp(100, 3, 3, 0, "S 0:0(0)");
      assertThat(connect.endsAt(100)).isEqualTo(-111);
    }
    try (Scenario s = Scenario.begin()) {
      int sid = s.tcp();
      var connect = s.begin(14, s.remote(sid, 8080));
      s.toPeer().play("0 > S 0:0(0)").icmp(100, 3, 1, 0, "S 0:0(0)").play("""
          1000 > S 0:0(0)
          3000 > S 0:0(0)
          7000 > S 0:0(0)
         15000 > S 0:0(0)
         31000 > S 0:0(0)
         64000 silence
         """);
      assertThat(connect.endsAt(63_000)).isEqualTo(-113);
    }
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(PLAIN);
      s.write(c.sid(), 1000);
      c.play("100 > P. 1:1001(1000) ack 1");
      c.flow().icmp(150, 3, 3, 0, "P. 1:1001(1000) ack 1");
      c.play("400 > P. 1:1001(1000) ack 1");
    }
  }

  @Test
  void smallerPathMtuShortensTheSegments() {
    try (Scenario s = Scenario.begin()) {
      int listener = s.listener(1);
      Flow flow = s.fromPeer().play("""
            0 < S 0:0(0) win 65535 <mss 1460>
            0 > S. 0:0(0) ack 1 <mss 1460>
          100 < . 1:1(0) ack 1 win 65535
          """);
      int sid = s.accept(listener);
      s.write(sid, 2920);
      flow.play("""
          100 > . 1:1461(1460) ack 1
          100 > P. 1461:2921(1460) ack 1
          """);
      flow.icmp(150, 3, 4, 1200, ". 1:1461(1460) ack 1").play("""
          150 > . 1:1161(1160) ack 1
          150 > . 1161:1461(300) ack 1
          150 > . 1461:2621(1160) ack 1
          150 > P. 2621:2921(300) ack 1
          """);
      assertThat(s.info(sid, 21)).isEqualTo(1200);
    }
  }
}
