package io.reactorstack.agent.driver;

import static io.reactorstack.agent.driver.Driver.args;
import static io.reactorstack.agent.driver.Scenario.receive;
import static io.reactorstack.agent.driver.Scenario.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.agent.driver.Scenario.Net;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HandshakeScenarioTest {

  @ParameterizedTest
  @EnumSource
  void passiveOpenWithEveryOption(Net net) {
    try (Scenario s = Scenario.begin(net, "defaults")) {
      int listener = s.listener(1);
      Flow flow = s.fromPeer().play("""
          100 < S 0:0(0) win 32792 <mss 1000,sackOK,TS val 4000 ecr 0,nop,wscale 7>
          100 > S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 100 ecr 4000,nop,wscale 8>
          200 < . 1:1(0) ack 1 win 257 <nop,nop,TS val 4100 ecr 100>
          """);
      int connection = s.accept(listener);
      assertThat(s.info(connection, 1)).isEqualTo(1);
      assertThat(s.info(connection, 6) & 7).isEqualTo(7);
      assertThat(s.info(connection, 7)).isEqualTo(7);
      assertThat(s.info(connection, 8)).isEqualTo(8);
      assertThat(s.info(connection, 26)).isEqualTo(10);
      assertThat(s.info(connection, 25)).isEqualTo(0x7fffffffL);
      s.write(connection, 10);
      flow.play("""
          200 > P. 1:11(10) ack 1 <nop,nop,TS val 200 ecr 4100>
          300 < . 1:1(0) ack 11 win 257 <nop,nop,TS val 4200 ecr 200>
          5000 silence
          """);
    }
  }

  @ParameterizedTest
  @EnumSource
  void activeOpenWithEveryOption(Net net) {
    try (Scenario s = Scenario.begin(net)) {
      int sid = s.tcp();
      var connect = s.at(10).begin(14, s.remote(sid, 8080));
      Flow flow = s.toPeer().play("""
          10 > S 0:0(0) win 65535 <mss 1460,sackOK,TS val 10 ecr 0,nop,wscale 8>
          """);
      connect.waits();
      flow.play("""
          110 < S. 0:0(0) ack 1 win 5792 <mss 1460,sackOK,TS val 700 ecr 10,nop,wscale 7>
          110 > . 1:1(0) ack 1 <nop,nop,TS val 110 ecr 700>
          """);
      assertThat(connect.endsAt(110)).isZero();
      assertThat(s.poll(sid, 5)).isEqualTo(4);
      assertThat(s.get(sid, 6, 2)).isEqualTo(1448);
    }
  }

  @Test
  void synAckOffersOnlyWhatTheSynOffered() {
    try (Scenario s = Scenario.begin()) {
      s.listener(5);
      s.fromPeer().play("""
          0 < S 0:0(0) win 32792
          0 > S. 0:0(0) ack 1 win 65535 <mss 1460>
          """);
      s.fromPeer().play("""
          0 < S 0:0(0) win 32792 <mss 1000,nop,nop,sackOK>
          0 > S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK>
          """);
      s.fromPeer().play("""
          0 < S 0:0(0) win 32792 <mss 1000,nop,wscale 14>
          0 > S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 8>
          """);
      s.fromPeer().play("""
          0 < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>
          0 > S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 8>
          """);
      s.fromPeer().play("""
          0 < S 0:0(0) win 32792 <nop,nop,TS val 9 ecr 0>
          0 > S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,TS val 0 ecr 9>
          """);
    }
  }

  @Test
  void sysctlsDisableOptions() {
    try (Scenario s = Scenario.begin(
        "defaults",
        "sysctl net.ipv4.tcp_timestamps=0",
        "sysctl net.ipv4.tcp_sack=0",
        "sysctl net.ipv4.tcp_window_scaling=0")) {
      int sid = s.tcpNonBlocking();
      assertThat(s.error(14, s.remote(sid, 8080))).isEqualTo(115);
      s.toPeer().play("0 > S 0:0(0) win 65535 <mss 1460>");
      s.close(sid);
    }
    try (Scenario s = Scenario.begin("defaults", "sysctl net.ipv4.tcp_timestamps=0")) {
      int sid = s.tcpNonBlocking();
      assertThat(s.error(14, s.remote(sid, 8080))).isEqualTo(115);
      s.toPeer().play("0 > S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 8>");
    }
  }

  @Test
  void synIsRetransmittedAndThenTimesOut() {
    try (Scenario s = Scenario.begin()) {
      int sid = s.tcp();
      var connect = s.begin(14, s.remote(sid, 8080));
      s.toPeer().play("""
             0 > S 0:0(0) <mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 8>
          1000 > S 0:0(0) <mss 1460,sackOK,TS val 1000 ecr 0,nop,wscale 8>
          3000 > S 0:0(0)
          7000 > S 0:0(0)
         15000 > S 0:0(0)
         31000 > S 0:0(0)
         100000 silence
         """);
      assertThat(connect.endsAt(63_000)).isEqualTo(-110);
    }
  }

  @Test
  void synAckIsRetransmittedAndThenDropped() {
    try (Scenario s = Scenario.begin()) {
      s.listener(5);
      s.fromPeer().play("""
             0 < S 0:0(0) win 32792 <mss 1000>
             0 > S. 0:0(0) ack 1 <mss 1460>
          1000 > S. 0:0(0) ack 1 <mss 1460>
          3000 > S. 0:0(0) ack 1
          7000 > S. 0:0(0) ack 1
         15000 > S. 0:0(0) ack 1
         31000 > S. 0:0(0) ack 1
         100000 silence
         # the late ACK belongs to nothing
         100000 < . 1:1(0) ack 1 win 32792
         100000 > R 1:1(0)
         """);
    }
  }

  @Test
  void synCountLimitsTheRetries() {
    try (Scenario s = Scenario.begin()) {
      int sid = s.tcp();
      s.set(sid, 6, 7, 2);
      var connect = s.begin(14, s.remote(sid, 8080));
      s.toPeer().play("""
             0 > S 0:0(0)
          1000 > S 0:0(0)
          3000 > S 0:0(0)
         60000 silence
         """);
      assertThat(connect.endsAt(7_000)).isEqualTo(-110);
    }
  }

  @Test
  void nonBlockingConnectReportsItsProgressOnRepeatedCalls() {
    try (Scenario s = Scenario.begin()) {
      int sid = s.tcpNonBlocking();
      assertThat(s.error(14, s.remote(sid, 8080))).isEqualTo(115);
      assertThat(s.error(14, s.remote(sid, 8080))).isEqualTo(114);
      assertThat(s.poll(sid, 5)).isZero();
      assertThat(s.error(15, send(sid, 10, 0))).isEqualTo(11);
      assertThat(s.error(16, receive(sid, 10, 0))).isEqualTo(11);
      s.toPeer().play("""
            0 > S 0:0(0)
          100 < S. 0:0(0) ack 1 win 5792 <mss 1460>
          100 > . 1:1(0) ack 1
          """);
      assertThat(s.get(sid, 1, 4)).isZero();
      s.ok(14, s.remote(sid, 8080));
      assertThat(s.error(14, s.remote(sid, 8080))).isEqualTo(106);
      assertThat(s.poll(sid, 5)).isEqualTo(4);
    }
  }

  @Test
  void refusedConnectIsReportedOnceAndCanBeRetried() {
    try (Scenario s = Scenario.begin()) {
      int sid = s.tcpNonBlocking();
      assertThat(s.error(14, s.remote(sid, 8080))).isEqualTo(115);
      s.toPeer().play("""
            0 > S 0:0(0)
          100 < R. 0:0(0) ack 1 win 0
          """);
      assertThat(s.poll(sid, 5)).isEqualTo(1 | 4 | 8 | 0x10);
      assertThat(s.get(sid, 1, 4)).isEqualTo(111);
      assertThat(s.get(sid, 1, 4)).isZero();
      assertThat(s.error(14, s.remote(sid, 8080))).isEqualTo(103);
      assertThat(s.error(14, s.remote(sid, 8080))).isEqualTo(115);
      s.toPeer().play("""
          100 > S 0:0(0)
          200 < R. 0:0(0) ack 1 win 0
          """);
      assertThat(s.error(14, s.remote(sid, 8080))).isEqualTo(111);
    }
    try (Scenario s = Scenario.begin()) {
      int sid = s.tcp();
      var connect = s.begin(14, s.remote(sid, 8080));
      s.toPeer().play("""
            0 > S 0:0(0)
          100 < R. 0:0(0) ack 1 win 0
          """);
      assertThat(connect.endsAt(100)).isEqualTo(-111);
    }
  }

  @Test
  void resetThatDoesNotAcknowledgeTheSynIsIgnored() {
    try (Scenario s = Scenario.begin()) {
      int sid = s.tcpNonBlocking();
      assertThat(s.error(14, s.remote(sid, 8080))).isEqualTo(115);
      s.toPeer().play("""
            0 > S 0:0(0)
          100 < R 0:0(0) win 0
          200 < R. 0:0(0) ack 2 win 0
          300 < . 0:0(0) ack 2 win 0
          300 > R 2:2(0)
          300 > S 0:0(0)
          400 < S. 0:0(0) ack 5 win 0
          400 > R 5:5(0)
          500 < . 0:0(0) ack 1 win 0
         1300 > S 0:0(0)
         """);
      s.close(sid);
      s.silence(2000);
    }
  }

  @Test
  void simultaneousOpen() {
    try (Scenario s = Scenario.begin()) {
      int sid = s.tcpNonBlocking();
      assertThat(s.error(14, s.remote(sid, 8080))).isEqualTo(115);
      Flow flow = s.toPeer().play("""
            0 > S 0:0(0) <mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 8>
          100 < S 0:0(0) win 5792 <mss 1460,sackOK,TS val 700 ecr 0,nop,wscale 7>
          100 > S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 100 ecr 700,nop,wscale 8>
          """);
      assertThat(s.info(sid, 1)).isEqualTo(3);
      flow.play("""
          200 < S. 0:0(0) ack 1 win 5792 <mss 1460,sackOK,TS val 700 ecr 100,nop,wscale 7>
          200 > . 1:1(0) ack 1 <nop,nop,TS val 200 ecr 700>
          """);
      assertThat(s.info(sid, 1)).isEqualTo(1);
      s.ok(14, s.remote(sid, 8080));
    }
  }

  @Test
  void repeatedSynIsAnsweredAgain() {
    try (Scenario s = Scenario.begin()) {
      s.listener(5);
      s.fromPeer().play("""
             0 < S 0:0(0) win 32792 <mss 1000,sackOK,TS val 10 ecr 0>
             0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 0 ecr 10>
           500 < S 0:0(0) win 32792 <mss 1000,sackOK,TS val 510 ecr 0>
           500 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 500 ecr 10>
          1500 > S. 0:0(0) ack 1
          """);
    }
  }

  @Test
  void handshakeMayEndWithDataOrFin() {
    try (Scenario s = Scenario.begin()) {
      int listener = s.listener(5);
      s.fromPeer().play("""
             0 < S 0:0(0) win 32792 <mss 1000>
             0 > S. 0:0(0) ack 1 <mss 1460>
           100 < P. 1:1001(1000) ack 1 win 32792
           100 > . 1:1(0) ack 1001
          """);
      int a = s.accept(listener);
      assertThat(s.read(a, 4000)).isEqualTo(1000);
      s.fromPeer().play("""
           100 < S 0:0(0) win 32792 <mss 1000>
           100 > S. 0:0(0) ack 1 <mss 1460>
           200 < F. 1:1(0) ack 1 win 32792
           200 > . 1:1(0) ack 2
          """);
      int b = s.accept(listener);
      assertThat(s.read(b, 4000)).isZero();
      assertThat(s.info(b, 1)).isEqualTo(8);
      s.close(b);
      s.next(200);
    }
  }

  @Test
  void resetInSynReceivedFreesItsPlaceInTheQueue() {
    try (Scenario s = Scenario.begin()) {
      int listener = s.listener(1);
      s.fromPeer().play("""
             0 < S 0:0(0) win 32792 <mss 1000>
             0 > S. 0:0(0) ack 1 <mss 1460>
           100 < R 1:1(0) win 0
          5000 silence
          """);
      assertThat(s.poll(listener, 1)).isZero();
    }
  }

  @Test
  void wrongAcknowledgementInSynReceivedIsReset() {
    try (Scenario s = Scenario.begin()) {
      s.listener(1);
      s.fromPeer().play("""
             0 < S 0:0(0) win 32792 <mss 1000>
             0 > S. 0:0(0) ack 1 <mss 1460>
           100 < . 1:1(0) ack 7 win 32792
           100 > R 7:7(0)
          1000 > S. 0:0(0) ack 1
          """);
    }
  }

  @Test
  void segmentsWithoutAConnectionAreReset() {
    try (Scenario s = Scenario.begin()) {
      s.listener(1);
      s.fromPeer().play("""
             0 < S 0:0(0) win 32792 <mss 1000>
             0 > S. 0:0(0) ack 1 <mss 1460>
          """);
      Flow closed = new Flow(s, 40_000, 9);
      closed.play("0 < S 0:0(0) win 100");
      var packet = s.next(0);
      var tcp = Packets.verified(packet.bytes());
      assertThat(tcp.getInt(4)).isZero();
      assertThat(tcp.getShort(12) & 0xff).isEqualTo(0x14);
    }
  }

  @Test
  void acceptWaitsForTheHandshake() {
    try (Scenario s = Scenario.begin()) {
      int listener = s.listener(1);
      var accept = s.begin(13, args().i32(listener)).waits();
      Flow flow = s.fromPeer().play("""
             0 < S 0:0(0) win 32792 <mss 1000>
             0 > S. 0:0(0) ack 1 <mss 1460>
          """);
      accept.waits();
      flow.play("150.5 < . 1:1(0) ack 1 win 32792");
      assertThat(accept.endsAt(150.5)).isEqualTo(2);
    }
  }

  @Test
  void mainThreadAcceptAdvancesTheClockUntilNoTimerIsLeft() {
    try (Scenario s = Scenario.begin()) {
      int listener = s.listener(1);
      assertThat(s.error(13, args().i32(listener))).isEqualTo(35);
      s.fromPeer().play("""
             0 < S 0:0(0) win 32792 <mss 1000>
             0 > S. 0:0(0) ack 1 <mss 1460>
          """);
      assertThat(s.error(13, args().i32(listener))).isEqualTo(35);
      assertThat(s.driver.now()).isEqualTo(63_000_000);
    }
  }

  @Test
  void segmentSizeFollowsTheMssOptionsOfBothSides() {
    try (Scenario s = Scenario.begin()) {
      int sid = s.tcp();
      s.set(sid, 6, 2, 1200);
      assertThat(s.get(sid, 6, 2)).isEqualTo(1200);
      s.ok(11, s.local(sid, 8080));
      s.ok(12, args().i32(sid, 1));
      Flow flow = s.fromPeer().play("""
             0 < S 0:0(0) win 32792 <mss 1400,sackOK,TS val 1 ecr 0>
             0 > S. 0:0(0) ack 1 <mss 1200,sackOK,TS val 0 ecr 1>
           100 < . 1:1(0) ack 1 win 32792 <nop,nop,TS val 1 ecr 0>
          """);
      int connection = s.accept(sid);
      s.write(connection, 2400);
      flow.play("""
           100 > . 1:1189(1188) ack 1
           100 > . 1189:2377(1188) ack 1
          """);
      assertThat(s.get(connection, 6, 2)).isEqualTo(1188);
    }
  }

  @Test
  void peerWithoutMssOptionGetsSmallSegments() {
    try (Scenario s = Scenario.begin()) {
      int listener = s.listener(1);
      Flow flow = s.fromPeer().play("""
             0 < S 0:0(0) win 32792
             0 > S. 0:0(0) ack 1 <mss 1460>
           100 < . 1:1(0) ack 1 win 32792
          """);
      s.write(s.accept(listener), 1072);
      flow.play("""
           100 > . 1:537(536) ack 1
           100 > P. 537:1073(536) ack 1
          """);
    }
  }
}
