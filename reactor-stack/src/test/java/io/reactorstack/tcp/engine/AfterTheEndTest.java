package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.ConnectionHistory;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import org.junit.jupiter.api.Test;

/**
 * A connection that has ended still reports its states, its last segments, its statistics, and whether its data has
 * arrived.
 */
class AfterTheEndTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN;

  private static void states(Timeline t, TcpState... expected) {
    assertThat(t.engine().history().states()).extracting(ConnectionHistory.StateEntry::state).containsExactly(expected);
  }

  private static void segments(Timeline t, String... expected) {
    assertThat(t.engine().history().segments()).extracting(ConnectionHistory.SegmentSummary::toString)
        .containsExactly(expected);
  }

  @Test
  void recordsStatesOfAnActiveOpenUntilTimeWaitEnds() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.shutdownOutput().drop();
      t.inject(". 1(0) ack 2", "F. 1(0) ack 2").drop();
      states(t, TcpState.SYN_SENT, TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.FIN_WAIT_2, TcpState.TIME_WAIT);
      t.at(60_100).closed(CloseCause.FINISHED);
      var entries = t.engine().history().states();
      assertThat(entries.getLast().state()).isEqualTo(TcpState.CLOSED);
      assertThat((entries.getLast().at() - entries.getFirst().at()) / 1_000_000).isEqualTo(60_100);
    }
  }

  @Test
  void recordsStatesOfAPassiveOpenThatIsReset() {
    try (Timeline t = Timeline.passive(PLAIN, "S 0(0) <mss 1460>")) {
      t.drop();
      t.inject(". 1(0) ack 1", "F. 1(0) ack 1", "R. 2(0) ack 1").closed(CloseCause.RESET_BY_PEER);
      states(t, TcpState.SYN_RECEIVED, TcpState.ESTABLISHED, TcpState.CLOSE_WAIT, TcpState.CLOSED);
    }
  }

  @Test
  void recordsLastSegmentsOfBothDirections() {
    try (Timeline t = Timeline.passive(PLAIN, "S 0(0) win 1000 <mss 1460>")) {
      t.expect("S. 0(0) ack 1 win 65535").inject("P. 1(10) ack 1 win 2000").write(5).expect("P. 1(5) ack 11");
      segments(t, "< S 0(0) win 1000", "> S. 0(0) ack 1 win 65535", "< P. 1(10) ack 1 win 2000",
          "> P. 1(5) ack 11 win 65525");
      assertThat(t.info().received().segsIn()).isEqualTo(2);
      assertThat(t.info().sent().segsOut()).isEqualTo(2);
    }
  }

  @Test
  void keepsOnlyTheLastSegments() {
    try (Timeline t = Timeline.established(PLAIN)) {
      for (int at = 1; at < 201; at += 10) {
        t.inject("P. " + at + "(10) ack 1 win 60000");
      }
      var segments = t.engine().history().segments();
      assertThat(segments).hasSize(ConnectionHistory.SEGMENTS);
      assertThat(segments.getFirst()).hasToString("< P. 41(10) ack 1 win 60000");
      assertThat(segments.getLast()).hasToString("< P. 191(10) ack 1 win 60000");
      t.after(40).expect(". 1(0) ack 201");
      segments = t.engine().history().segments();
      assertThat(segments.getFirst()).hasToString("< P. 51(10) ack 1 win 60000");
      assertThat(segments.getLast().sent()).isTrue();
      assertThat((segments.getLast().at() - segments.getFirst().at()) / 1_000_000).isEqualTo(40);
      assertThat(segments.getLast()).hasToString("> . 1(0) ack 201 win 65335");
      t.write(3).expect("P. 1(3) ack 201").inject("R 201(0)");
      segments = t.engine().history().segments();
      assertThat(segments.getLast()).hasToString("< R 201(0) win 65535");
      assertThat(segments.getLast().ack()).as("without ACK").isZero();
    }
  }

  @Test
  void infoRemainsAvailableInAndAfterTimeWait() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(20).drop();
      t.inject("P. 1(10) ack 21").read(10).shutdownOutput().drop();
      t.inject("F. 11(0) ack 22").drop();
      for (TcpState state : new TcpState[] {TcpState.TIME_WAIT, TcpState.CLOSED}) {
        TcpInfo info = t.info();
        assertThat(info.state()).isEqualTo(state);
        assertThat(info.bytesReceived()).isEqualTo(10);
        assertThat(info.bytesAcknowledged()).isEqualTo(20);
        assertThat(info.srtt().toMillis()).isPositive();
        t.at(60_100);
      }
    }
  }

  @Test
  void outputIsFinishedWhenThePeerHasAcknowledgedTheFin() {
    try (Timeline t = Timeline.active(PLAIN)) {
      assertThat(t.engine().isOutputFinished()).as("SYN-SENT").isFalse();
      t.handshake("mss 1460");
      t.shutdownOutput().drop();
      assertThat(t.engine().isOutputFinished()).as("FIN-WAIT-1").isFalse();
      t.inject(". 1(0) ack 2");
      assertThat(t.engine().isOutputFinished()).as("FIN-WAIT-2").isTrue();
      t.shutdownInput().after(60_000).closed(CloseCause.HALF_CLOSE_TIMEOUT);
      assertThat(t.engine().isOutputFinished()).as("the peer's FIN never came").isTrue();
    }
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("F. 1(0) ack 1").drop();
      t.shutdownOutput().drop();
      t.inject(". 2(0) ack 2").closed(CloseCause.FINISHED);
      assertThat(t.engine().isOutputFinished()).isTrue();
    }
    try (Timeline t = Timeline.established(PLAIN)) {
      t.shutdownOutput().drop();
      t.inject("F. 1(0) ack 2").state(TcpState.TIME_WAIT);
      assertThat(t.engine().isOutputFinished()).as("TIME-WAIT").isTrue();
      t.drop();
    }
    try (Timeline t = Timeline.established(PLAIN)) {
      t.shutdownOutput().drop();
      t.inject("R. 1(0) ack 1").closed(CloseCause.RESET_BY_PEER);
      assertThat(t.engine().isOutputFinished()).as("reset").isFalse();
    }
  }

  @Test
  void anIcmpErrorCountsOnlyForTheSynAckThatIsInFlight() {
    try (Timeline t = Timeline.passive(PLAIN, "S 0(0)")) {
      t.drop();
      t.icmp(CloseCause.PORT_UNREACHABLE, 1).state(TcpState.SYN_RECEIVED);
      t.icmp(CloseCause.PORT_UNREACHABLE, 0).closed(CloseCause.PORT_UNREACHABLE);
      assertThat(t.engine().isInFlight(t.iss)).isFalse();
    }
  }

  @Test
  void queuedDataProbesAWindowThatIsClosedFromTheStart() {
    try (Timeline t = Timeline.active(PLAIN)) {
      t.write(10).expect("S 0(0)").at(100).inject("S. 0(0) ack 1 win 0 <mss 1460>");
      assertThat(t.deadlineMillis()).as("before anything is sent").isEqualTo(1100);
      t.expect(". 1(0) ack 1").at(1100).expect(". 1(1) ack 1");
    }
  }

  @Test
  void aPeerThatIsSilentAfterItsFinIsStillProbed() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.keepAlive(true, 5000, 1000, 2).at(1000).inject("F. 1(0) ack 1").state(TcpState.CLOSE_WAIT)
          .expect(". 1(0) ack 2");
      t.at(6000).expect(". 0(0) ack 2").at(7000).expect(". 0(0) ack 2").at(8000).closed(CloseCause.KEEP_ALIVE_TIMEOUT);
      t.expect("R. 1(0) ack 2");
    }
  }
}
