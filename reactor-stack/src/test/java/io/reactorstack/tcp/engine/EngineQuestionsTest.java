package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.ConnectionHistory;
import io.reactorstack.tcp.model.ConnectionHistory.SegmentSummary;
import io.reactorstack.tcp.model.ConnectionHistory.StateEntry;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The questions that the owner of an engine can ask in each state, and the ways to end a connection. */
class EngineQuestionsTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN;

  // ---- sequence numbers

  @Test
  @Requirement("RFC5927-4.1-01")
  void sentUnacknowledgedNumbersAreInFlight() {
    try (Timeline t = Timeline.active(PLAIN)) {
      assertThat(t.engine().isInFlight(t.iss)).as("SYN").isTrue();
      assertThat(t.engine().isInFlight(t.iss - 1)).isFalse();
      assertThat(t.engine().isInFlight(t.iss + 1)).isFalse();
      t.handshake("mss 1460");
      assertThat(t.engine().isOutputFinished()).isFalse();
      assertThat(t.engine().isInFlight(t.iss)).isFalse();
      assertThat(t.engine().isInFlight(t.iss + 1)).isFalse();
      t.write(100).drop();
      assertThat(t.engine().isInFlight(t.iss)).isFalse();
      assertThat(t.engine().isInFlight(t.iss + 1)).isTrue();
      assertThat(t.engine().isInFlight(t.iss + 100)).isTrue();
      assertThat(t.engine().isInFlight(t.iss + 101)).isFalse();
      t.shutdownOutput().drop();
      assertThat(t.engine().isOutputFinished()).isFalse();
      t.inject("F. 1(0) ack 102").state(TcpState.TIME_WAIT);
      assertThat(t.engine().isOutputFinished()).isTrue();
      assertThat(t.engine().isInFlight(t.iss + 101)).isFalse();
      t.abort();
      assertThat(t.engine().isInFlight(t.iss + 101)).isFalse();
    }
    try (Timeline t = Timeline.passive(PLAIN, "S 0(0) <mss 1460>")) {
      assertThat(t.engine().isInFlight(t.iss)).as("SYN-ACK").isTrue();
      assertThat(t.engine().isInFlight(t.iss + 1)).isFalse();
    }
  }

  @Test
  void reportsSndNxtAndRcvNxt() {
    try (Timeline t = Timeline.active(PLAIN)) {
      assertThat(t.engine().sndNxt()).isEqualTo(t.iss + 1);
      assertThat(t.engine().rcvNxt()).isZero();
      t.handshake("mss 1460").write(100).drop();
      t.inject("P. 1(10) ack 1");
      assertThat(t.engine().sndNxt()).isEqualTo(t.iss + 101);
      assertThat(t.engine().rcvNxt()).isEqualTo(t.irs + 11);
      t.abort();
      assertThat(t.engine().sndNxt()).isZero();
      assertThat(t.engine().rcvNxt()).isZero();
    }
  }

  // ---- data

  @Test
  void peekedDataCanStillBeRead() {
    try (Timeline t = Timeline.active(PLAIN)) {
      ByteBuf target = t.memory.buffer(100);
      assertThat(t.engine().peek(target, 100)).as("before the handshake").isZero();
      t.handshake("mss 1460").inject("P. 1(30) ack 1");
      assertThat(t.engine().peek(target, 20)).isEqualTo(20);
      assertThat(t.engine().peek(target, 100)).isEqualTo(30);
      for (int i = 0; i < 50; i++) {
        assertThat(target.readByte()).isEqualTo(SegmentText.octet(1 + i % 20 + (i < 40 ? 0 : 20)));
      }
      target.release();
      t.readable(30).read(30).drop();
    }
  }

  @Test
  @Requirement("RFC7413-4.2.2-01")
  void dataInTheSynRequiresACookie() {
    TcpSettings settings = PLAIN.withSecurity(security -> security.withFastOpen(true));
    try (Timeline t = Timeline.active(settings)) {
      assertThat(t.engine().isDataInSynAllowed()).isFalse();
      t.engine().requestFastOpen(new byte[0], 1460);
      assertThat(t.engine().isDataInSynAllowed()).as("the SYN only requests a cookie").isFalse();
    }
    try (Timeline t = Timeline.active(settings)) {
      t.engine().requestFastOpen(new byte[8], 1460);
      assertThat(t.engine().isDataInSynAllowed()).isTrue();
      t.handshake("mss 1460");
      assertThat(t.engine().isDataInSynAllowed()).as("established").isFalse();
    }
  }

  @Test
  void packetFieldsCanBeChanged() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.engine().packetFields(0x28, 3);
      assertThat(t.engine().packetFields().trafficClass()).isEqualTo(0x28);
      assertThat(t.engine().packetFields().hopLimit()).isEqualTo(3);
      assertThat(t.engine().packetFields().dontFragment()).isTrue();
    }
  }

  // ---- the end

  @Test
  void receivedDataSurvivesCutOffButNotAbort() {
    for (boolean cut : new boolean[] {true, false}) {
      try (Timeline t = Timeline.established(PLAIN)) {
        t.inject("P. 1(10) ack 1").drop();
        if (cut) {
          t.engine().cutOff(0);
        } else {
          t.abort();
        }
        t.expect("R. 1(0) ack 11").quiet().closed(CloseCause.ABORTED).readable(cut ? 10 : 0);
        if (cut) {
          t.read(10);
          // A connection that has ended does not change its cause.
          t.engine().cutOff(0);
          t.quiet().closed(CloseCause.ABORTED);
        }
      }
    }
  }

  // ---- history

  @Test
  void theHistoryHasTheStatesAndTheLastSegments() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.at(200).write(100).expect("P. 1(100)");
      t.at(300).inject("FP. 1(7) ack 101 win 1234").expect(". 101(0) ack 9");
      ConnectionHistory history = t.engine().history();
      assertThat(history.states()).extracting(StateEntry::state)
          .containsExactly(TcpState.SYN_SENT, TcpState.ESTABLISHED, TcpState.CLOSE_WAIT);
      long origin = history.states().getFirst().at();
      assertThat(history.states()).extracting(entry -> (entry.at() - origin) / 1_000_000).containsExactly(0L, 100L,
          300L);
      assertThat(history.segments()).extracting(SegmentSummary::toString).containsExactly(
          "> S 0(0) win 65535",
          "< S. 0(0) ack 1 win 65535",
          "> . 1(0) ack 1 win 65535",
          "> P. 1(100) ack 1 win 65535",
          "< FP. 1(7) ack 101 win 1234",
          "> . 101(0) ack 9 win 65527");
      assertThat(history.segments()).extracting(segment -> (segment.at() - origin) / 1_000_000)
          .containsExactly(0L, 100L, 100L, 200L, 300L, 300L);
    }
  }

  @Test
  void theHistoryKeepsTheLastSixteenSegments() {
    try (Timeline t = Timeline.established(PLAIN.withTimers(timers -> timers.withNoDelay(true)))) {
      for (int i = 0; i < 20; i++) {
        t.write(10).expect("P. " + (1 + 10 * i) + "(10)");
      }
      assertThat(t.engine().history().segments()).hasSize(16).allMatch(SegmentSummary::sent);
      assertThat(t.engine().history().segments().getFirst().seq()).isEqualTo(41);
      assertThat(t.engine().history().segments().getLast().seq()).isEqualTo(191);
    }
  }

  // A report of an ended connection is built when somebody reads it, whatever has happened to the connection since.
  @Test
  void numbersAndRecordStayAsTheyWere() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.at(200).write(100).expect("P. 1(100)");
      TcpInfo then = t.info();
      ConnectionHistory past = t.engine().history();
      Supplier<TcpInfo> numbers = t.numbers();
      Supplier<ConnectionHistory> record = t.engine().record();
      t.at(300).inject("FP. 1(7) ack 101 win 1234").expect(". 101(0) ack 9");
      t.write(20);
      assertThat(t.info()).isNotEqualTo(then);
      assertThat(t.engine().history()).isNotEqualTo(past);
      assertThat(numbers.get()).isEqualTo(then);
      assertThat(record.get()).isEqualTo(past);
    }
  }

  @Test
  void changesAreReportedOnce() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.engine().takeChanges();
      t.write(10).expect("P. 1(10)").inject(". 1(0) ack 11");
      assertThat(t.engine().takeChanges()).as("data and its acknowledgement").isZero();
      t.inject("U. 1(5) ack 11 urg 3");
      assertThat(t.engine().takeChanges()).isEqualTo(TcpEngine.URGENT_CHANGED);
      t.inject("F. 6(0) ack 11").expect(". 11(0) ack 7");
      assertThat(t.engine().takeChanges()).isEqualTo(TcpEngine.STATE_CHANGED);
      assertThat(t.engine().takeChanges()).isZero();
    }
  }

  @Test
  void historyNumbersAreRelativeToTheInitialSequenceNumbers() {
    // The numbers wrap, and a repeated SYN does not change their origin.
    try (Timeline t = Timeline.passive(PLAIN, Timeline.FLOW, 1500, -1, -1, "S 0(0) <mss 1460>")) {
      t.expect("S. 0(0) ack 1").inject("S 0(0) <mss 1460>").drop();
      t.inject(". 1(0) ack 1", "R. 50000(0) ack 1");
      assertThat(t.engine().history().segments().getFirst().toString()).isEqualTo("< S 0(0) win 65535");
      assertThat(t.engine().history().segments().getLast().toString()).isEqualTo("< R. 50000(0) ack 1 win 65535");
    }
  }
}
