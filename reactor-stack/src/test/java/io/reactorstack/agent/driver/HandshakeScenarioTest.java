package io.reactorstack.agent.driver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HandshakeScenarioTest {

  @Test
  void passiveOpenWithEveryOption() {
    try (Scenario s = Scenario.begin("defaults")) {
      int listener = s.listener(1);
      Flow flow = s.fromPeer().play("""
          100 < S 0:0(0) win 32792 <mss 1000,sackOK,TS val 4000 ecr 0,nop,wscale 7>
          100 > S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 100 ecr 4000,nop,wscale 8>
          200 < . 1:1(0) ack 1 win 257 <nop,nop,TS val 4100 ecr 100>
          """);
      int connection = s.accept(listener);
      assertThat(s.info(connection, 1)).isEqualTo(1);
      s.write(connection, 10);
      flow.play("""
          200 > P. 1:11(10) ack 1 <nop,nop,TS val 200 ecr 4100>
          300 < . 1:1(0) ack 11 win 257 <nop,nop,TS val 4200 ecr 200>
          5000 silence
          """);
    }
  }
}
