package io.reactorstack.agent.driver;

import static io.reactorstack.agent.driver.Scenario.WITH_SACK;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Recovery from lost segments. */
class RecoveryScenarioTest {

  /** Accepts a connection on which ten segments of 1000 bytes are sent at time 100. */
  private static Scenario.Accepted tenSegments(Scenario s) {
    var c = s.accepted(WITH_SACK);
    s.write(c.sid(), 10_000);
    for (int i = 0; i < 9; i++) {
      c.play("100 > . " + (1 + 1000 * i) + ":" + (1001 + 1000 * i) + "(1000) ack 1");
    }
    c.play("100 > P. 9001:10001(1000) ack 1");
    return c;
  }

  @Test
  void threeSackedSegmentsAboveAHoleTriggerItsRetransmission() {
    try (Scenario s = Scenario.begin()) {
      var c = tenSegments(s);
      c.play("""
          200 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:2001>
          200 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:3001>
          """);
      assertThat(s.info(c.sid(), 2)).isEqualTo(1);
      assertThat(s.info(c.sid(), 15)).isEqualTo(2);
      c.play("""
          200 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:4001>
          200 > . 1:1001(1000) ack 1
          """);
      assertThat(s.info(c.sid(), 2)).isEqualTo(3);
      assertThat(s.info(c.sid(), 16)).isEqualTo(1);
      assertThat(s.info(c.sid(), 17)).isEqualTo(1);
      assertThat(s.info(c.sid(), 25)).isEqualTo(7);
      c.play("300 < . 1:1(0) ack 10001 win 512");
      assertThat(s.info(c.sid(), 2)).isZero();
      assertThat(s.info(c.sid(), 26)).isEqualTo(7);
      s.silence(2000);
    }
  }

  @Test
  void timeoutRetransmitsTheFirstSegmentAndEntersSlowStart() {
    try (Scenario s = Scenario.begin("defaults", "sysctl net.ipv4.tcp_early_retrans=0")) {
      var c = tenSegments(s);
      c.play("400 > . 1:1001(1000) ack 1");
      assertThat(s.info(c.sid(), 2)).isEqualTo(4);
      assertThat(s.info(c.sid(), 26)).isEqualTo(1);
      assertThat(s.info(c.sid(), 25)).isEqualTo(7);
    }
  }

  @Test
  void limitedTransmitSendsNewDataForTheFirstDuplicates() {
    try (Scenario s = Scenario.begin()) {
      var c = tenSegments(s);
      s.write(c.sid(), 5000);
      c.play("""
          200 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:2001>
          200 > . 10001:11001(1000) ack 1
          210 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:3001>
          210 > . 11001:12001(1000) ack 1
          220 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:4001>
          220 > . 1:1001(1000) ack 1
          """);
    }
  }

  @Test
  void tailLossIsProbedAndRepairedWithoutATimeout() {
    try (Scenario s = Scenario.begin()) {
      var c = tenSegments(s);
      c.play("""
          200 < . 1:1(0) ack 8001 win 512
          400 > P. 9001:10001(1000) ack 1
          500 < . 1:1(0) ack 8001 win 512 <nop,nop,sack 9001:10001>
          500 > . 8001:9001(1000) ack 1
          """);
    }
  }

  @Test
  void reorderingDoesNotRetransmit() {
    try (Scenario s = Scenario.begin()) {
      var c = tenSegments(s);
      c.play("""
          200 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:2001>
          210 < . 1:1(0) ack 3001 win 512
          250 < . 1:1(0) ack 10001 win 512
          3000 silence
          """);
      assertThat(s.info(c.sid(), 29)).isZero();
    }
  }

  @Test
  void spuriousTimeoutIsUndone() {
    try (Scenario s = Scenario.begin("defaults", "sysctl net.ipv4.tcp_early_retrans=0")) {
      var c = tenSegments(s);
      s.write(c.sid(), 10_000);
      c.play("400 > . 1:1001(1000) ack 1");
      assertThat(s.info(c.sid(), 26)).isEqualTo(1);
      // The original segments arrive after all.
      c.play("450 < . 1:1(0) ack 1001 win 512");
      s.next(450);
      s.next(450);
      c.play("460 < . 1:1(0) ack 2001 win 512");
      assertThat(s.info(c.sid(), 2)).isZero();
      assertThat(s.info(c.sid(), 26)).isGreaterThanOrEqualTo(10);
    }
  }

  @Test
  void threeDuplicatesWithoutSackTriggerFastRetransmit() {
    try (Scenario s = Scenario.begin("defaults", "sysctl net.ipv4.tcp_sack=0")) {
      var c = s.accepted(Scenario.PLAIN);
      s.write(c.sid(), 10_000);
      for (int i = 0; i < 10; i++) {
        s.next(100);
      }
      c.play("""
          200 < . 1:1(0) ack 1 win 65535
          200 < . 1:1(0) ack 1 win 65535
          200 < . 1:1(0) ack 1 win 65535
          200 > . 1:1001(1000) ack 1
          300 < . 1:1(0) ack 5001 win 65535
          300 > . 5001:6001(1000) ack 1
          400 < . 1:1(0) ack 10001 win 65535
          1000 silence
          """);
    }
  }

  @Test
  void newDataAfterATimeoutDetectsWhetherItWasSpurious() {
    try (Scenario s = Scenario.begin("defaults", "sysctl net.ipv4.tcp_early_retrans=0")) {
      var c = tenSegments(s);
      s.write(c.sid(), 10_000);
      c.play("""
          400 > . 1:1001(1000) ack 1
          450 < . 1:1(0) ack 1001 win 512
          450 > . 10001:11001(1000) ack 1
          450 > . 11001:12001(1000) ack 1
          460 < . 1:1(0) ack 2001 win 512
          """);
      assertThat(s.info(c.sid(), 2)).isZero();
      assertThat(s.info(c.sid(), 26)).isEqualTo(11);
      assertThat(s.info(c.sid(), 16)).isZero();
    }
    try (Scenario s = Scenario.begin("defaults", "sysctl net.ipv4.tcp_early_retrans=0")) {
      var c = tenSegments(s);
      s.write(c.sid(), 10_000);
      c.play("""
          400 > . 1:1001(1000) ack 1
          500 < . 1:1(0) ack 1001 win 512
          500 > . 10001:11001(1000) ack 1
          500 > . 11001:12001(1000) ack 1
          600 < . 1:1(0) ack 1001 win 512 <nop,nop,sack 10001:11001>
          600 > . 1001:2001(1000) ack 1
          """);
      assertThat(s.info(c.sid(), 2)).isEqualTo(4);
    }
  }

  @Test
  void newDataIsSentInProportionDuringRecovery() {
    try (Scenario s = Scenario.begin("defaults", "sysctl net.ipv4.tcp_early_retrans=0")) {
      var c = tenSegments(s);
      s.write(c.sid(), 10_000);
      // The window falls from 12 segments to 7: nothing is sent while more than 7 are in flight, then one for each
      // acknowledged.
      c.play("""
          200 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:2001>
          200 > . 10001:11001(1000) ack 1
          200 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:3001>
          200 > . 11001:12001(1000) ack 1
          200 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:4001>
          200 > . 1:1001(1000) ack 1
          210 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:5001>
          220 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:6001>
          230 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:7001>
          230 > . 12001:13001(1000) ack 1
          240 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:8001>
          240 > . 13001:14001(1000) ack 1
          250 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:9001>
          250 > . 14001:15001(1000) ack 1
          260 < . 1:1(0) ack 1 win 512 <nop,nop,sack 1001:10001>
          260 > . 15001:16001(1000) ack 1
          290 silence
          300 < . 1:1(0) ack 12001 win 512
          """);
      assertThat(s.info(c.sid(), 2)).isZero();
      assertThat(s.info(c.sid(), 26)).isEqualTo(7);
    }
  }
}
