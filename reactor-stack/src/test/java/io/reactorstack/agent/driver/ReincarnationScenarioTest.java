package io.reactorstack.agent.driver;

import static io.reactorstack.agent.driver.Scenario.WITH_TIMESTAMPS;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** SYN cookies, and connections that reuse the four-tuple of one in TIME-WAIT. */
class ReincarnationScenarioTest {

  @Test
  void cookieRestoresTheConnectionWithoutState() {
    try (Scenario s = Scenario.begin("sysctl net.ipv4.tcp_syncookies=2")) {
      int listener = s.listener(1);
      Flow flow = s.fromPeer().play("""
            0 < S 0:0(0) win 65535 <mss 1460,sackOK,TS val 4000 ecr 0,nop,wscale 7>
            0 > S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val * ecr 4000,nop,wscale 8>
         9000 silence
         9000 < . 1:1(0) ack 1 win 257 <nop,nop,TS val 13000 ecr 1>
         """);
      assertThat(s.poll(listener, 1)).isEqualTo(1);
      int sid = s.accept(listener);
      s.write(sid, 1000);
      flow.play("9000 > P. 1:1001(1000) ack 1");
    }
  }

  @Test
  void forgedCookieIsReset() {
    try (Scenario s = Scenario.begin("sysctl net.ipv4.tcp_syncookies=2")) {
      int listener = s.listener(1);
      s.fromPeer().play("""
            0 < S 0:0(0) win 65535 <mss 1460>
            0 > S. 0:0(0) ack 1
          100 < . 1:1(0) ack 77 win 65535
          100 > R 77:77(0)
          """);
      assertThat(s.poll(listener, 1)).isZero();
    }
  }

  @Test
  void synWithANewerTimestampEndsTimeWait() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(WITH_TIMESTAMPS);
      s.close(c.sid());
      c.play("""
          100 > F. 1:1(0) ack 1
          200 < F. 1:1(0) ack 2 win 512 <nop,nop,TS val 200 ecr 100>
          200 > . 2:2(0) ack 2 <nop,nop,TS val 200 ecr 200>
          # an old one again
          300 < S 0:0(0) win 65535 <mss 1012,sackOK,TS val 0 ecr 0,nop,wscale 7>
          300 > . 2:2(0) ack 2
          """);
      new Flow(s, 50_000, 8080).play("""
         2000 < S 0:0(0) win 65535 <mss 1012,sackOK,TS val 2000 ecr 0,nop,wscale 7>
         2000 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val * ecr 2000,nop,wscale 8>
         2100 < . 1:1(0) ack 1 win 512 <nop,nop,TS val 2100 ecr 2000>
         """);
      assertThat(s.info(s.accept(c.listener()), 1)).isEqualTo(1);
    }
  }

  @Test
  void withoutTimestampsAHigherSequenceNumberEndsTimeWait() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(Scenario.PLAIN);
      s.close(c.sid());
      c.play("""
          100 > F. 1:1(0) ack 1
          200 < F. 1:1(0) ack 2 win 512
          200 > . 2:2(0) ack 2
          """);
      new Flow(s, 50_000, 8080).play("""
         1000 < S 70000:70000(0) win 65535 <mss 1000>
         1000 > S. 0:0(0) ack 70001 <mss 1460>
         """);
    }
  }

  @Test
  void windowScalesOfBothSidesApply() {
    try (Scenario s = Scenario.begin("sysctl net.ipv4.tcp_rmem=4096 100000 200000")) {
      int listener = s.listener(1);
      Flow flow = s.fromPeer().play("""
            0 < S 0:0(0) win 3000 <mss 1000,nop,nop,sackOK,nop,wscale 10>
            0 > S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 2>
          100 < . 1:1(0) ack 1 win 3
          """);
      int sid = s.accept(listener);
      assertThat(s.info(sid, 48)).isEqualTo(3072);
      s.write(sid, 5000);
      flow.play("""
          100 > . 1:1001(1000) ack 1
          100 > . 1001:2001(1000) ack 1
          100 > . 2001:3001(1000) ack 1
          200 < P. 1:1001(1000) ack 3001 win 4
          200 > . 3001:4001(1000) ack 1001
          200 > P. 4001:5001(1000) ack 1001
          """);
    }
  }
}
