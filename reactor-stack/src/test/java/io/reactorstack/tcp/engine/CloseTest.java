package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

/** Closing a connection: RFC 9293 sections 3.6 and 3.10.4 to 3.10.8, RFC 1337. */
class CloseTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN;

  @Test
  @Requirement({"RFC9293-3.10.4-03", "RFC9293-3.10.7.4-28", "RFC9293-3.10.7.4-41"})
  void activeCloseEndsInTimeWait() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(10).shutdownOutput().state(TcpState.FIN_WAIT_1).expect("FP. 1(10) ack 1").quiet();
      t.at(200).inject(". 1(0) ack 12").state(TcpState.FIN_WAIT_2).idle();
      assertThat(t.engine().isOutputFinished()).isTrue();
      t.inject("P. 1(20) ack 12").read(20).at(240).expect(". 12(0) ack 21");
      t.at(300).inject("F. 21(0) ack 12").state(TcpState.TIME_WAIT).expect(". 12(0) ack 22");
      assertThat(t.engine().isInputFinished()).isTrue();
      assertThat(t.engine().closeCause()).isEqualTo(CloseCause.FINISHED);
      t.at(60_299).state(TcpState.TIME_WAIT).at(60_300).closed(CloseCause.FINISHED).quiet();
    }
  }

  @Test
  @Requirement("RFC9293-3.6-02")
  void afterOurFinThePeersDataIsStillRead() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(10).shutdownOutput().expect("FP. 1(10) ack 1");
      t.at(200).inject(". 1(0) ack 12").inject("P. 1(20) ack 12").read(20).at(240).expect(". 12(0) ack 21");
      assertThat(t.engine().isInputFinished()).isFalse();
    }
  }

  @Test
  @Requirement({"RFC9293-3.10.4-05", "RFC9293-3.10.7.4-31", "RFC9293-3.10.7.4-39"})
  void passiveClose() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("FP. 1(10) ack 1").state(TcpState.CLOSE_WAIT).expect(". 1(0) ack 12").quiet();
      assertThat(t.engine().isInputFinished()).isFalse();
      t.read(10);
      assertThat(t.engine().isInputFinished()).isTrue();
      t.write(30).expect("P. 1(30) ack 12").shutdownOutput().state(TcpState.LAST_ACK).expect("F. 31(0) ack 12");
      // An acknowledgement of the data alone does not acknowledge the FIN.
      t.inject(". 12(0) ack 31").state(TcpState.LAST_ACK);
      t.inject(". 12(0) ack 32").closed(CloseCause.FINISHED).quiet();
    }
  }

  @Test
  @Requirement("MUST-12")
  void closeCauseDistinguishesFinFromReset() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("F. 1(0) ack 1").shutdownOutput().drop();
      t.inject(". 2(0) ack 2").closed(CloseCause.FINISHED);
    }
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("R. 1(0) ack 1").closed(CloseCause.RESET_BY_PEER);
    }
  }

  @Test
  @Requirement({"RFC9293-3.6.1-06", "RFC9293-3.10.3-02"})
  void afterThePeersFinDataIsStillReadAndSent() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("FP. 1(10) ack 1").state(TcpState.CLOSE_WAIT).expect(". 1(0) ack 12").quiet();
      assertThat(t.engine().isInputFinished()).isFalse();
      t.read(10);
      assertThat(t.engine().isInputFinished()).isTrue();
      t.write(30).expect("P. 1(30) ack 12");
    }
  }

  @Test
  @Requirement({"RFC9293-3.10.7.4-40", "RFC9293-3.10.7.4-30", "RFC9293-3.10.7.4-42"})
  void simultaneousClose() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.shutdownOutput().expect("F. 1(0) ack 1");
      t.inject("F. 1(0) ack 1").state(TcpState.CLOSING).expect(". 2(0) ack 2");
      t.inject("F. 1(0) ack 1").state(TcpState.CLOSING).expect(". 2(0) ack 2");
      t.inject(". 2(0) ack 2").state(TcpState.TIME_WAIT).quiet();
    }
  }

  @Test
  @Requirement("RFC9293-3.10.7.4-40")
  void finAndItsAckInOneSegment() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.shutdownOutput().expect("F. 1(0) ack 1").inject("F. 1(0) ack 2").state(TcpState.TIME_WAIT)
          .expect(". 2(0) ack 2");
    }
  }

  @Test
  @Requirement({"RFC9293-3.6-03", "RFC9293-3.4-03"})
  void theFinIsRetransmittedWithItsOwnSequenceNumber() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(10).expect("P. 1(10)").shutdownOutput().expect("F. 11(0) ack 1");
      t.at(1100).expect("P. 1(10)").quiet().at(1150).inject(". 1(0) ack 11").expect("F. 11(0) ack 1").quiet();
      t.jump().expect("F. 11(0) ack 1").inject(". 1(0) ack 12").state(TcpState.FIN_WAIT_2);
    }
  }

  @Test
  @Requirement({"SHLD-31", "RFC5681-4.2-06"})
  void aFinAboveAGapIsAnsweredAtOnceAndKept() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("F. 101(0) ack 1").expect(". 1(0) ack 1").quiet().state(TcpState.ESTABLISHED);
      t.inject("F. 101(0) ack 1", ". 51(50) ack 1").expect(". 1(0) ack 1", ". 1(0) ack 1").quiet();
      assertThat(t.info().received().rcvOoopack()).isEqualTo(3);
      t.inject(". 1(50) ack 1").state(TcpState.CLOSE_WAIT).expect(". 1(0) ack 102").read(100).idle();
    }
    TcpSettings sack = PLAIN.withWire(wire -> wire.withSelectiveAcknowledgment(true));
    try (Timeline t = Timeline.established(sack)) {
      t.inject("F. 101(0) ack 1").expect(". 1(0) ack 1 <sack 101:102>").quiet();
      t.inject(". 51(50) ack 1").expect(". 1(0) ack 1 <sack 51:101>").quiet();
      t.inject(". 1(50) ack 1").state(TcpState.CLOSE_WAIT).expect(". 1(0) ack 102 <>").read(100).idle();
    }
    try (Timeline t = Timeline.established(sack)) {
      t.inject("F. 1(0) ack 1").expect(". 1(0) ack 2 <>").state(TcpState.CLOSE_WAIT).idle();
      assertThat(t.info().received().rcvOoopack()).isZero();
    }
  }

  @Test
  @Requirement("RFC5681-4.2-08")
  void dataThatFillsPartOfAGapBeforeAFinIsAcknowledgedAtOnce() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("F. 101(0) ack 1").drop();
      t.inject(". 1(50) ack 1").expect(". 1(0) ack 51").quiet().inject(". 51(50) ack 1").expect(". 1(0) ack 102")
          .idle();
    }
  }

  @Test
  void aFinBelowReceivedDataIsIgnored() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 101(100) ack 1", "F. 200(0) ack 1", "F. 51(0) ack 1", ". 1(100) ack 1").state(TcpState.ESTABLISHED);
      t.read(200).drop();
      t.inject("F. 201(0) ack 1").state(TcpState.CLOSE_WAIT);
    }
  }

  @Test
  @Requirement("RFC9293-3.10.7.1-01")
  void aConnectionThatHasEndedAnswersWithAReset() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.abort().expect("R. 1(0) ack 1").inject(". 1(10) ack 50").expect("R 50(0)").quiet().inject("R 1(0)").quiet();
    }
  }

  @Test
  void aResetInClosingClosesQuietly() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.shutdownOutput().expect("F. 1(0)").inject("F. 1(0) ack 1").state(TcpState.CLOSING).expect(". 2(0) ack 2");
      t.inject("R. 2(0) ack 2").closed(CloseCause.FINISHED);
    }
    try (Timeline t = Timeline.established(PLAIN)) {
      t.shutdownOutput().expect("F. 1(0)").state(TcpState.FIN_WAIT_1).inject("R. 1(0) ack 1");
      t.closed(CloseCause.RESET_BY_PEER);
    }
  }

  @Test
  void finWait2TimeoutStartsWhenTheUserStopsReading() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.shutdownOutput().drop();
      t.inject(". 1(0) ack 2").state(TcpState.FIN_WAIT_2).idle().after(1000).discardInput();
      t.after(59_999).state(TcpState.FIN_WAIT_2).after(1).closed(CloseCause.HALF_CLOSE_TIMEOUT);
    }
  }

  @Test
  @Requirement("RFC9293-3.10.4-04")
  void aSecondCloseSendsNoSecondFin() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.shutdownOutput().expect("F. 1(0)").shutdownOutput().quiet().inject(". 1(0) ack 2").shutdownOutput().quiet();
      assertThat(t.engine().writableBytes()).isZero();
    }
  }

  @Test
  @Requirement("RFC9293-3.10.2-04")
  void nothingCanBeWrittenAfterClose() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.shutdownOutput().drop();
      var data = t.memory.buffer(5).writeZero(5);
      assertThat(t.engine().write(data, 0)).isZero();
      data.release();
    }
  }

  @Test
  @Requirement("RFC9293-3.10.7.4-38")
  void aFinWaitsForTheDataBeforeIt() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("F. 101(50) ack 1").state(TcpState.ESTABLISHED).expect(". 1(0) ack 1");
      t.inject(". 1(100) ack 1").state(TcpState.CLOSE_WAIT).expect(". 1(0) ack 152").read(150);
    }
  }

  @Test
  @Requirement({"RFC9293-3.10.7.4-36", "RFC9293-3.10.7.4-42"})
  void dataAfterTheFinIsIgnored() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("F. 1(10) ack 1").drop();
      t.inject("P. 12(10) ack 1", "F. 50(0) ack 1").state(TcpState.CLOSE_WAIT).readable(10).expect(". 1(0) ack 12");
    }
  }

  @Test
  void ofTwoFinsTheFirstCounts() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("F. 101(0) ack 1", "F. 51(0) ack 1", ". 1(100) ack 1").state(TcpState.CLOSE_WAIT).read(100);
    }
  }

  @Test
  @Requirement({"RFC9293-3.10.7.4-32", "RFC9293-3.10.7.4-43"})
  void timeWaitAcknowledgesARepeatedFinAndRestarts() {
    try (Timeline t = timeWait()) {
      t.at(30_000).inject("F. 1(0) ack 2").expect(". 2(0) ack 2").quiet();
      t.at(89_999).state(TcpState.TIME_WAIT).at(90_000).closed(CloseCause.FINISHED);
    }
  }

  private static Timeline timeWait() {
    Timeline t = Timeline.established(PLAIN);
    t.shutdownOutput().expect("F. 1(0) ack 1").inject("F. 1(0) ack 2").expect(". 2(0) ack 2").state(TcpState.TIME_WAIT);
    return t;
  }

  @Test
  @Requirement({"RFC1337-3-01", "RFC1337-4-01"})
  void timeWaitIgnoresResets() {
    try (Timeline t = timeWait()) {
      t.inject("R 2(0)", "R. 2(0) ack 2", "R 0(0)").quiet().state(TcpState.TIME_WAIT);
    }
  }

  @Test
  void timeWaitAnswersOldDataWithAnAckAndIgnoresPureAcks() {
    try (Timeline t = timeWait()) {
      t.inject("P. 0(1) ack 2").expect(". 2(0) ack 2").inject(". 2(0) ack 2").quiet();
    }
  }

  @Test
  @Requirement({"RFC9293-3.10.7.4-20", "RFC9293-3.5.3-03"})
  void aResetInLastAckClosesQuietly() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("F. 1(0) ack 1").drop();
      t.shutdownOutput().drop();
      t.inject("R. 2(0) ack 1").closed(CloseCause.FINISHED);
    }
  }

  @Test
  void aResetInLastAckWithDataUnacknowledgedIsALoss() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("F. 1(0) ack 1").drop();
      t.write(10).shutdownOutput().drop();
      t.inject("R. 2(0) ack 1").closed(CloseCause.RESET_BY_PEER);
    }
  }

  @Test
  @Requirement({"RFC9293-3.10.5-01", "RFC7323-5.2-05", "RFC7323-3.2-08"})
  void abortResetsThePeer() {
    try (Timeline t = Timeline.established(Timeline.settings(65_535, false, true))) {
      t.write(1000).drop();
      t.inject("P. 1(10) ack 1 <ts 2 200>").abort().closed(CloseCause.ABORTED).readable(0);
      t.expect("R. 1001(0) ack 11 <ts 200 2>").quiet();
      assertThat(t.memory.live()).isZero();
    }
  }

  @Test
  @Requirement("RFC9293-3.10.5-01")
  void abortResetsThePeerInFinWaitAndCloseWait() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.shutdownOutput().expect("F. 1(0)").state(TcpState.FIN_WAIT_1).abort().expect("R. 2(0) ack 1").quiet();
    }
    try (Timeline t = Timeline.established(PLAIN)) {
      t.shutdownOutput().expect("F. 1(0)").inject(". 1(0) ack 2").state(TcpState.FIN_WAIT_2).abort();
      t.expect("R. 2(0) ack 1").quiet();
    }
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("F. 1(0) ack 1").expect(". 1(0) ack 2").state(TcpState.CLOSE_WAIT).abort().expect("R. 1(0) ack 2")
          .quiet();
    }
  }

  @Test
  void receivedDataCanBeReadAfterCutOff() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("P. 1(10) ack 1", ". 21(10) ack 1").drop();
      t.cutOff().closed(CloseCause.ABORTED).expect("R. 1(0) ack 11").quiet().cutOff().quiet().read(10);
      assertThat(t.memory.live()).isZero();
    }
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("P. 1(10) ack 1").cutOff().readable(10).abort().readable(0);
      assertThat(t.memory.live()).isZero();
    }
  }

  @Test
  @Requirement("RFC9293-3.10.5-03")
  void abortInClosingSendsNothing() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.shutdownOutput().drop();
      t.inject("F. 1(0) ack 1").drop();
      t.state(TcpState.CLOSING).abort().closed(CloseCause.ABORTED).quiet();
    }
    try (Timeline t = timeWait()) {
      t.abort().closed(CloseCause.ABORTED).quiet();
    }
  }

  @Test
  void shutdownInputWithUnreadDataStillDeliversWrittenData() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("P. 1(10) ack 1").write(5).shutdownOutput().expect("FP. 1(5) ack 11").shutdownInput().readable(0)
          .quiet();
      t.inject(". 11(0) ack 7").state(TcpState.FIN_WAIT_2).inject("P. 11(10) ack 7").closed(CloseCause.ABORTED)
          .expect("R 7(0)");
    }
  }

  @Test
  @Requirement({"SHLD-3", "MAY-1"})
  void dataAfterCloseResetsThePeer() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.shutdownInput().shutdownOutput().expect("F. 1(0) ack 1").inject(". 1(0) ack 2").state(TcpState.FIN_WAIT_2);
      t.inject("P. 1(10) ack 2").closed(CloseCause.ABORTED).expect("R 2(0)").quiet();
    }
  }

  @Test
  void dataIsDiscardedAfterShutdownInputWhileOutputIsOpen() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("P. 1(10) ack 1").shutdownInput().readable(0).inject("P. 11(3000) ack 1").readable(0);
      t.expect(". 1(0) ack 3011 win 65535").write(5).expect("P. 1(5) ack 3011").inject("F. 3011(0) ack 6");
      t.state(TcpState.CLOSE_WAIT);
    }
  }

  @Test
  void dataAfterDiscardInputDrawsNoReset() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("P. 1(10) ack 1").shutdownOutput().expect("F. 1(0) ack 11").discardInput().readable(0).quiet();
      t.inject(". 11(0) ack 2").state(TcpState.FIN_WAIT_2).inject("P. 11(1000) ack 2").readable(0);
      t.after(40).expect(". 2(0) ack 1011").inject("F. 1011(0) ack 2").state(TcpState.TIME_WAIT);
    }
  }

  @Test
  @Requirement("SHLD-3")
  void dataAfterDiscardAndShutdownInputDrawsAReset() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.discardInput().shutdownOutput().expect("F. 1(0) ack 1").inject(". 1(0) ack 2", "P. 1(10) ack 2").drop();
      t.shutdownInput().inject("P. 11(10) ack 2").closed(CloseCause.ABORTED).expect("R 2(0)").quiet();
    }
  }

  @Test
  void finWait2EndsAMinuteAfterThePeersLastDiscardedData() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.discardInput().shutdownOutput().drop();
      t.inject(". 1(0) ack 2").after(50_000).inject("P. 1(10) ack 2").after(40).expect(". 2(0) ack 11");
      t.after(59_959).state(TcpState.FIN_WAIT_2).after(1).closed(CloseCause.HALF_CLOSE_TIMEOUT);
    }
  }

  @Test
  void finWait2EndsAMinuteAfterShutdownInput() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.shutdownOutput().drop();
      t.inject(". 1(0) ack 2").idle().after(1000).shutdownInput();
      t.after(59_999).state(TcpState.FIN_WAIT_2).after(1).closed(CloseCause.HALF_CLOSE_TIMEOUT);
    }
  }

  @Test
  void receivedDataCanBeReadAfterAnOrderlyClose() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("F. 1(10) ack 1").drop();
      t.shutdownOutput().drop();
      t.inject(". 12(0) ack 2").closed(CloseCause.FINISHED).read(10);
      assertThat(t.engine().isInputFinished()).isTrue();
    }
  }

  @Test
  void infoRemainsAvailableAfterTheEnd() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(10).drop();
      t.inject("P. 1(20) ack 11").read(20).abort().closed(CloseCause.ABORTED);
      TcpInfo info = t.info();
      assertThat(info.state()).isEqualTo(TcpState.CLOSED);
      assertThat(info.bytesSent()).isEqualTo(10);
      assertThat(info.bytesAcknowledged()).isEqualTo(10);
      assertThat(info.bytesReceived()).isEqualTo(20);
      assertThat(info.srtt().toMillis()).isPositive();
    }
  }
}
