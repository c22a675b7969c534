package io.reactorstack.agent.driver;

import static io.reactorstack.agent.driver.Scenario.WITH_SACK;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Explicit congestion notification on both sides. */
class EcnScenarioTest {

  private static final String WITH_ECN = """
        0 < SEW 0:0(0) win 65535 <mss 1000,nop,nop,sackOK,nop,wscale 7>
        0 > [noecn] SE. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,wscale 8>
      100 < [ect0] . 1:1(0) ack 1 win 512
      """;

  @Test
  void modeTwoAgreesAsListenerButDoesNotRequestAsClient() {
    try (Scenario s = Scenario.begin("sysctl net.ipv4.tcp_ecn=2")) {
      var c = s.accepted(WITH_ECN);
      assertThat(s.info(c.sid(), 6) & 8).isEqualTo(8);
      int sid = s.tcpNonBlocking();
      s.error(14, s.remote(sid, 8080));
      s.toPeer().play("100 > [noecn] S 0:0(0)");
    }
  }

  @Test
  void ecnIsNotNegotiatedIfEitherSideIsOff() {
    try (Scenario s = Scenario.begin("sysctl net.ipv4.tcp_ecn=0")) {
      s.listener(1);
      s.fromPeer().play("""
          0 < SEW 0:0(0) win 65535 <mss 1000>
          0 > S. 0:0(0) ack 1
          """);
    }
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(WITH_SACK);
      s.write(c.sid(), 10);
      c.play("100 > [noecn] P. 1:11(10) ack 1");
      assertThat(s.info(c.sid(), 6) & 8).isZero();
    }
  }

  @Test
  void modeOneRequestsEcnInTheSyn() {
    try (Scenario s = Scenario.begin("sysctl net.ipv4.tcp_ecn=1")) {
      int sid = s.tcpNonBlocking();
      s.error(14, s.remote(sid, 8080));
      Flow flow = s.toPeer().play("""
            0 > [noecn] SEW 0:0(0)
          100 < SE. 0:0(0) ack 1 win 65535 <mss 1000>
          100 > [noecn] . 1:1(0) ack 1
          """);
      s.write(sid, 10);
      flow.play("100 > [ect0] P. 1:11(10) ack 1");
    }
    try (Scenario s = Scenario.begin("sysctl net.ipv4.tcp_ecn=1")) {
      int sid = s.tcpNonBlocking();
      s.error(14, s.remote(sid, 8080));
      Flow flow = s.toPeer().play("""
            0 > SEW 0:0(0)
          100 < S. 0:0(0) ack 1 win 65535 <mss 1000>
          100 > . 1:1(0) ack 1
          """);
      s.write(sid, 10);
      flow.play("100 > [noecn] P. 1:11(10) ack 1");
    }
  }

  @Test
  void echoReducesTheWindowOncePerRoundTrip() {
    try (Scenario s = Scenario.begin("sysctl net.ipv4.tcp_ecn=1")) {
      var c = s.accepted(WITH_ECN);
      s.write(c.sid(), 30_000);
      for (int i = 0; i < 10; i++) {
        c.play("100 > [ect0] . " + (1 + 1000 * i) + ":" + (1001 + 1000 * i) + "(1000) ack 1");
      }
      c.play("200 < E. 1:1(0) ack 1001 win 512");
      assertThat(s.info(c.sid(), 2)).isEqualTo(2);
      assertThat(s.info(c.sid(), 25)).isEqualTo(7);
      c.play("""
          200 < E. 1:1(0) ack 2001 win 512
          200 > [ect0] W. 10001:11001(1000) ack 1
          210 < E. 1:1(0) ack 3001 win 512
          210 > [ect0] . 11001:12001(1000) ack 1
          220 < . 1:1(0) ack 4001 win 512
          """);
      assertThat(s.info(c.sid(), 25)).isEqualTo(7);
      s.silence(240);
    }
  }

  @Test
  void markIsEchoedUntilThePeerHasReducedItsWindow() {
    try (Scenario s = Scenario.begin("sysctl net.ipv4.tcp_ecn=1")) {
      var c = s.accepted(WITH_ECN);
      c.play("""
          200 < [ce] P. 1:1001(1000) ack 1 win 512
          200 > [noecn] E. 1:1(0) ack 1001
          210 < [ect0] P. 1001:2001(1000) ack 1 win 512
          210 > [noecn] E. 1:1(0) ack 2001
          220 < [ect0] PW. 2001:3001(1000) ack 1 win 512
          220 > [noecn] . 1:1(0) ack 3001
          """);
      assertThat(s.info(c.sid(), 6) & 16).isEqualTo(16);
    }
  }
}
