package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpState;
import org.junit.jupiter.api.Test;

/** A connection that has sent no data has no sender yet; each event meets it in that state and finds the same rules. */
class SilentConnectionTest {

  @Test
  void aResetEndsIt() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.inject("R 2(0)").state(TcpState.ESTABLISHED).expect(". 1(0) ack 1").inject("R 1(0)");
      t.closed(CloseCause.RESET_BY_PEER).quiet();
    }
  }

  @Test
  void abortResetsThePeer() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.inject("P. 1(10) ack 1").abort().expect("R. 1(0) ack 11").closed(CloseCause.ABORTED).quiet();
    }
  }

  @Test
  void theFinsOfBothSidesAreExchangedInEitherOrder() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.shutdownOutput().expect("F. 1(0) ack 1").inject(". 1(0) ack 2").state(TcpState.FIN_WAIT_2);
      t.inject("F. 1(0) ack 2").expect(". 2(0) ack 2").state(TcpState.TIME_WAIT);
    }
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.inject("F. 1(0) ack 1").expect(". 1(0) ack 2").state(TcpState.CLOSE_WAIT);
      t.shutdownOutput().expect("F. 1(0) ack 2").inject(". 2(0) ack 2").closed(CloseCause.FINISHED);
    }
  }

  @Test
  void aLostFinIsSentAgain() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.shutdownOutput().expect("F. 1(0) ack 1").quiet().jump().expect("F. 1(0) ack 1");
      t.inject(". 1(0) ack 2").state(TcpState.FIN_WAIT_2);
    }
  }

  @Test
  void anAcknowledgementOfDataNeverSentDrawsAChallenge() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.inject(". 1(0) ack 2").expect(". 1(0) ack 1").quiet().state(TcpState.ESTABLISHED);
      assertThat(t.engine().discardedSegments()).isOne();
    }
  }

  @Test
  void aReportOfASmallerPathMtuCannotBeAboutItsSegments() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.pathMtu(1000, 0).pathMtu(1000, 1).quiet();
      assertThat(t.engine().pathMtu()).isEqualTo(1500);
      t.write(1460).expect("P. 1(1460) ack 1");
    }
  }

  @Test
  void thePathMtuOfTheHostAppliesToItsFirstData() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.knownPathMtu(1000).quiet().write(1000).expect(". 1(960) ack 1", "P. 961(40) ack 1").quiet();
    }
  }

  @Test
  void itsFirstDataMayBeUrgent() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.writeUrgent(3).expect("PU. 1(3) ack 1 urg 3").quiet().inject(". 1(0) ack 4").idle();
    }
  }

  @Test
  void itReceivesUrgentData() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.inject("PU. 1(5) ack 1 urg 3");
      assertThat(t.engine().urgentBytes()).isEqualTo(3);
      t.read(5);
      assertThat(t.engine().urgentBytes()).isZero();
    }
  }

  @Test
  void aClosedWindowThatOpensLaterAdmitsItsFirstData() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.inject(". 1(0) ack 1 win 0").write(10).quiet().inject(". 1(0) ack 1 win 1000").expect("P. 1(10) ack 1").quiet();
    }
  }

  @Test
  void dataOfItsSynIsAcknowledgedBeforeItHasASender() {
    try (Timeline t = Timeline.active(Timeline.PLAIN)) {
      t.engine().requestFastOpen(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, 1460);
      t.write(100).expect("S 0(100)").inject("S. 0(0) ack 101 <mss 1460>").expect(". 101(0) ack 1").quiet();
      t.inject("R 1(0)").closed(CloseCause.RESET_BY_PEER);
      assertThat(t.engine().acknowledgedBytes()).isEqualTo(100);
    }
  }

  @Test
  void aPassiveFastOpenWithoutAnAnswerTakesTheData() {
    try (Timeline t = Timeline.passive(Timeline.PLAIN, "S 0(10) <mss 1460, fo 0102030405060708>")) {
      t.engine().answerFastOpen(true, null);
      t.readable(10).expect("S. 0(0) ack 11").inject(". 11(0) ack 1").state(TcpState.ESTABLISHED).quiet();
      t.read(10).inject("F. 11(0) ack 1").expect(". 1(0) ack 12").state(TcpState.CLOSE_WAIT);
    }
  }
}
