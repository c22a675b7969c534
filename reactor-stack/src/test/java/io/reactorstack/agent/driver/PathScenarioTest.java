package io.reactorstack.agent.driver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Paths whose MTU is smaller than the link's. */
class PathScenarioTest {

  @Test
  void ipv6PathMtuShortensTheSegments() {
    try (Scenario s = Scenario.begin(Scenario.Net.V6)) {
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
      flow.icmp(150, 2, 0, 1280, ". 1:1461(1460) ack 1").play("""
          150 > . 1:1221(1220) ack 1
          150 > . 1221:1461(240) ack 1
          150 > . 1461:2681(1220) ack 1
          150 > P. 2681:2921(240) ack 1
          250 < . 1:1(0) ack 2921 win 65535
          """);
      assertThat(s.info(sid, 21)).isEqualTo(1280);
      s.write(sid, 1300);
      flow.play("""
          250 > . 2921:4141(1220) ack 1
          250 > P. 4141:4221(80) ack 1
          """);
    }
  }
}
