package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.congestion.CongestionState;
import io.reactorstack.tcp.congestion.Cubic;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpSettings.Ecn;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

/** The data sender's side of explicit congestion notification (RFC 3168 section 6.1.2, RFC 8311 section 4). */
class EcnReactionTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN.withWire(wire -> wire.withEcn(Ecn.REQUEST))
      .withTimers(timers -> timers.withNoDelay(true))
      .withRecovery(recovery -> recovery.withTailLossProbe(false));
  private static final TcpSettings SACK = PLAIN.withWire(wire -> wire.withSelectiveAcknowledgment(true));

  private static Timeline agreed(TcpSettings settings) {
    Timeline t = Timeline.active(settings);
    t.expect("[noecn] SEW 0(0)");
    t.at(100).inject("SE. 0(0) ack 1 win 65535 <mss 1000, sackOK>").expect("[noecn] . 1(0) ack 1");
    return t;
  }

  private static Timeline tenInFlight(TcpSettings settings) {
    Timeline t = agreed(settings);
    t.write(100_000);
    for (int i = 0; i < 10; i++) {
      t.expect("[ect0] . " + (1 + 1000 * i) + "(1000)");
    }
    return t.quiet();
  }

  @Test
  @Requirement({"RFC3168-5.2-01", "RFC3168-6.1.4-01", "RFC8311-4.3-01"})
  void newDataIsEctAndPureAcksAreNot() {
    try (Timeline t = agreed(SACK)) {
      t.write(10).expect("[ect0] P. 1(10)").inject("P. 1(10) ack 11", "P. 11(10) ack 11").jump()
          .expect("[noecn] . 11(0)");
      t.shutdownOutput().expect("[noecn] F. 11(0)");
    }
  }

  @Test
  @Requirement({"RFC3168-5-01", "RFC3168-6.1.2-01", "RFC8311-4.2-04"})
  void everySegmentOfNewDataIsSentWithEct0() {
    try (Timeline t = tenInFlight(SACK)) {
      t.at(200).inject(". 1(0) ack 10001").expect("[ect0] . 10001(1000)", "[ect0] . 11001(1000)");
    }
  }

  @Test
  @Requirement({"RFC8311-2.2-03", "RFC8311-4.2-03", "RFC8311-4.2-05"})
  void noSegmentIsSentWithEct1() {
    try (Timeline t = agreed(SACK)) {
      t.write(2500).expect("[ect0] . 1(1000)", "[ect0] . 1001(1000)", "[ect0] P. 2001(500)");
      t.inject("[ce] P. 1(10) ack 2501").jump().expect("[noecn] E. 2501(0)");
      t.write(10).expect("[ect0] PE. 2501(10)").shutdownOutput().expect("[noecn] FE. 2511(0)");
    }
  }

  @Test
  @Requirement({"RFC3168-6.1.1-04", "RFC3168-6.1.1-05"})
  void withoutAgreementNothingIsEct() {
    try (Timeline t = Timeline.active(SACK)) {
      t.expect("SEW 0(0)").at(100).inject("S. 0(0) ack 1 <mss 1000, sackOK>").expect(". 1(0)");
      t.write(1000).expect("[noecn] P. 1(1000)");
      // Without agreement ECE has no meaning.
      t.inject("E. 1(0) ack 1001");
      assertThat(t.info().ssthresh()).isEqualTo(Integer.MAX_VALUE);
    }
  }

  @Test
  @Requirement({"RFC3168-6.1.2-02", "RFC3168-6.1.2-03", "RFC3168-6.1.2-08"})
  void anEchoHalvesTheWindowOncePerWindowOfData() {
    for (TcpSettings settings : new TcpSettings[] {PLAIN, SACK}) {
      try (Timeline t = tenInFlight(settings)) {
        t.at(200).inject("E. 1(0) ack 1001");
        assertThat(t.info().ssthresh()).isEqualTo(5000);
        assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.CWR);
        String first = null;
        int cwr = 0;
        for (int ack = 2001; ack <= 10_001; ack += 1000) {
          t.inject("E. 1(0) ack " + ack);
          for (String s = t.next(); s != null; s = t.next()) {
            first = first == null ? s : first;
            cwr += s.startsWith("W") ? 1 : 0;
          }
          if (ack < 10_001) {
            assertThat(t.info().ssthresh()).isEqualTo(5000);
          }
        }
        assertThat(first).startsWith("W. 10001(1000)");
        assertThat(cwr).isEqualTo(1);
        assertThat(t.info().cwnd()).isLessThanOrEqualTo(5000);
      }
    }
  }

  @Test
  @Requirement({"RFC3168-6.1.2-04", "RFC3168-6.1.2-06"})
  void anEchoOfTheNextWindowCountsAgain() {
    try (Timeline t = tenInFlight(SACK)) {
      t.at(200).inject("E. 1(0) ack 1001").drop();
      t.inject(". 1(0) ack 10001").drop();
      assertThat(t.info().cwnd()).isEqualTo(5000);
      assertThat(t.info().congestion().caState()).isEqualTo(CongestionState.OPEN);
      t.at(300).inject("E. 1(0) ack " + (1 + t.info().bytesSent()));
      assertThat(t.info().ssthresh()).isLessThan(5000);
      t.expect("[ect0] W. " + (1 + t.info().bytesSent()) + "(1000)");
    }
  }

  @Test
  @Requirement({"RFC3168-6.1.5-01", "RFC8311-4.3-04", "RFC3168-6.1.2-07"})
  void aRetransmissionCarriesNeitherEctNorCwr() {
    try (Timeline t = tenInFlight(SACK)) {
      t.at(200).inject(". 1(0) ack 1 <sack 1001:4001>").expect("[noecn] . 1(1000)");
      t.inject(". 1(0) ack 1 <sack 1001:6001>", ". 1(0) ack 1 <sack 1001:9001>").expect("[ect0] W. 10001(1000)");
    }
  }

  @Test
  @Requirement("RFC3168-6.1.5-03")
  void aTimeoutRetransmissionCarriesNeitherEctNorCwr() {
    try (Timeline t = tenInFlight(SACK)) {
      t.at(1100).expect("[noecn] . 1(1000)").inject(". 1(0) ack 10001").expect("[ect0] W. 10001(1000)",
          "[ect0] . 11001(1000)");
    }
  }

  @Test
  @Requirement({"RFC3168-6.1.6-01", "RFC8311-4.3-05"})
  void aWindowProbeCarriesNeitherEctNorCwr() {
    try (Timeline t = agreed(SACK)) {
      t.write(1000).expect("[ect0] P. 1(1000)").at(200).inject("E. 1(0) ack 1001 win 0").write(500).quiet();
      t.jump().expect("[noecn] . 1001(1)");
      // CWR is sent with the first new data.
      t.inject(". 1(0) ack 1002 win 5000").expect("[ect0] PW. 1002(499)");
    }
  }

  @Test
  @Requirement({"RFC3168-6.1.2-05", "RFC9438-4.6-07"})
  void atAWindowOfOneSegmentAnEchoStopsNewDataUntilTheTimerExpires() {
    TcpSettings one = SACK.withCongestion(congestion -> congestion.withInitialWindowSegments(1));
    for (TcpSettings settings : new TcpSettings[] {one,
        one.withCongestion(congestion -> congestion.withCongestionControl(Cubic.FACTORY))}) {
      try (Timeline t = agreed(settings)) {
        t.write(3000).expect("[ect0] . 1(1000)").at(200).inject("E. 1(0) ack 1001").quiet();
        assertThat(t.deadlineMillis()).isEqualTo(1200);
        t.at(1200).expect("[ect0] W. 1001(1000)");
      }
    }
  }

  private static Timeline oneInFlight() {
    Timeline t = agreed(SACK.withCongestion(congestion -> congestion.withInitialWindowSegments(1))
        .withRecovery(recovery -> recovery.withTailLossProbe(false)));
    return t.write(3000).expect("[ect0] . 1(1000)").quiet();
  }

  @Test
  @Requirement("RFC3168-6.1.2-05")
  void atAWindowOfOneSegmentAnEchoRestartsTheRetransmissionTimer() {
    try (Timeline t = oneInFlight()) {
      assertThat(t.deadlineMillis()).isEqualTo(1100);
      t.at(150).inject("E. 1(0) ack 1").quiet();
      assertThat(t.deadlineMillis()).isEqualTo(1150);
      t.jump().expect("[noecn] . 1(1000)");
    }
  }

  @Test
  @Requirement({"RFC3168-6.1.2-04", "RFC3168-6.1.2-05"})
  void aRepeatedEchoDoesNotProlongThePause() {
    try (Timeline t = oneInFlight()) {
      // The peer echoes until it receives CWR, which comes with the next data.
      t.at(200).inject("E. 1(0) ack 1001").at(300).inject("E. 1(0) ack 1001").quiet();
      assertThat(t.deadlineMillis()).isEqualTo(1200);
      t.at(1200).expect("[ect0] W. 1001(1000)");
    }
  }

  @Test
  void segmentsDeliveredWithAnEchoAreCounted() {
    try (Timeline t = tenInFlight(SACK)) {
      t.at(200).inject(". 1(0) ack 1001", "E. 1(0) ack 3001", ". 1(0) ack 6001");
      assertThat(t.info().transfer().delivery().deliveredCe()).isEqualTo(2);
      assertThat(t.info().transfer().delivery().delivered()).as("with the SYN").isEqualTo(7);
    }
  }
}
