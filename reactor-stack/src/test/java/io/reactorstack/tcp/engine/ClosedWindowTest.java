package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Segments around a closed or shrunk window: a peer that drops their text must still be able to process their other
 * fields (RFC 9293 sections 3.8.6 and 3.10.7.4).
 */
class ClosedWindowTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN.withTimers(timers -> timers.withNoDelay(true));
  private static final TcpSettings SMALL = Timeline.settings(4096, false, false);

  /** The peer has closed its window at 1 and has dropped the octet that probed it. */
  private static Timeline probed(TcpSettings settings) {
    Timeline t = Timeline.established(settings);
    t.inject(". 1(0) ack 1 win 0").write(1000).jump().expect(". 1(1) ack 1").inject(". 1(0) ack 1 win 0").quiet();
    return t;
  }

  /** Our receive window of 4096 octets is full. */
  private static Timeline closed() {
    Timeline t = Timeline.established(SMALL.withTimers(timers -> timers.withNoDelay(true)));
    t.write(20).expect("P. 1(20)").inject(". 1(4096) ack 1").expect(". 21(0) ack 4097 win 0").quiet();
    return t;
  }

  // ---- as a sender

  @Test
  @Requirement({"RFC9293-3.10.7.4-14", "MUST-36"})
  void acknowledgementsAndWindowUpdatesAreNumberedForAClosedWindow() {
    try (Timeline t = probed(SMALL)) {
      t.inject("P. 1(4096) ack 1 win 0").expect(". 1(0) ack 4097 win 0").quiet();
      t.read(4096).expect(". 1(0) ack 4097 win 4096").quiet();
      // A stray segment draws an acknowledgement with the same number.
      t.inject(". 60000(0) ack 1 win 0").expect(". 1(0) ack 4097").quiet();
      // The octet of the probe still counts as sent: its acknowledgement is acceptable.
      t.inject(". 4097(0) ack 2 win 5000").expect("P. 2(999) ack 4097").quiet();
      assertThat(t.engine().acknowledgedBytes()).isEqualTo(1);
    }
  }

  @Test
  void anAcceptedProbeGivesNoRoundTripSample() {
    for (boolean timestamps : new boolean[] {true, false}) {
      try (Timeline t = Timeline.established(Timeline.settings(4096, false, timestamps))) {
        Duration rto = t.info().rto();
        String closed = timestamps ? " <ts 2 200>" : "";
        t.at(200).inject(". 1(0) ack 1 win 0" + closed).write(1000).jump().expect(". 1(1)");
        // The peer has accepted the octet, but its answer was lost. This is the window update that follows when its
        // user reads.
        t.after(1500).inject(". 1(0) ack 2 win 5000" + (timestamps ? " <ts 3 1200>" : "")).expect("P. 2(999)");
        assertThat(t.info().rto()).isEqualTo(rto);
      }
    }
  }

  @Test
  @Requirement("RFC6298-3-02")
  void dataBehindALostProbeGivesNoRoundTripSample() {
    try (Timeline t = probed(PLAIN)) {
      Duration rto = t.info().rto();
      // The octet is lost, but the data after it arrives.
      t.after(10).inject(". 1(0) ack 1 win 5000").expect(". 1(1)", "P. 2(999)").jump().expect(". 1(1)");
      t.after(10).inject(". 1(0) ack 1001 win 5000").idle();
      assertThat(t.info().rto()).isEqualTo(rto.multipliedBy(2));
    }
  }

  @Test
  void abortSendsAResetThatAClosedWindowAccepts() {
    try (Timeline t = probed(PLAIN)) {
      t.abort().expect("R. 1(0) ack 1").quiet();
    }
    try (Timeline t = probed(PLAIN)) {
      t.shutdownOutput().state(TcpState.FIN_WAIT_1).abort().expect("R. 1(0) ack 1").quiet();
    }
    try (Timeline t = probed(PLAIN)) {
      t.inject("F. 1(0) ack 1 win 0").expect(". 1(0) ack 2").abort().expect("R. 1(0) ack 2").quiet();
    }
  }

  @Test
  void aFinUsedAsProbeDoesNotAdvanceTheSequenceNumber() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 1(0) ack 1 win 0").shutdownOutput().jump().expect("F. 1(0) ack 1").inject(". 1(0) ack 1 win 0");
      t.inject("P. 1(10) ack 1 win 0").after(40).expect(". 1(0) ack 11").abort().expect("R. 1(0) ack 11").quiet();
    }
  }

  @Test
  @Requirement("RFC9293-3.10.4-02")
  void abortSendsAResetIfThePeerCannotHaveTheFin() {
    // The states are LAST-ACK and CLOSING, but the FIN waits behind data.
    try (Timeline t = probed(PLAIN)) {
      t.inject("F. 1(0) ack 1 win 0").expect(". 1(0) ack 2").shutdownOutput().state(TcpState.LAST_ACK);
      t.abort().expect("R. 1(0) ack 2").quiet();
    }
    try (Timeline t = probed(PLAIN)) {
      t.shutdownOutput().inject("F. 1(0) ack 1 win 0").state(TcpState.CLOSING).expect(". 1(0) ack 2");
      t.abort().expect("R. 1(0) ack 2").quiet();
    }
    // The FIN was sent, but there was no room for it in the window.
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("F. 1(0) ack 1 win 0").expect(". 1(0) ack 2").shutdownOutput().jump().expect("F. 1(0) ack 2");
      t.inject(". 2(0) ack 1 win 0").state(TcpState.LAST_ACK).abort().expect("R. 1(0) ack 2").quiet();
    }
    // A peer that can have received the FIN has closed on its own side too.
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("F. 1(0) ack 1").expect(". 1(0) ack 2").shutdownOutput().expect("F. 1(0) ack 2").abort().quiet();
    }
  }

  @Test
  void aUserTimeoutAnnouncementFitsAClosedWindow() {
    try (Timeline t = Timeline.established(PLAIN.withClosing(closing -> closing.withUserTimeoutOption(true)))) {
      t.drop();
      t.inject(". 1(0) ack 1 win 0").write(1000).jump().expect(". 1(1)").inject(". 1(0) ack 1 win 0");
      t.userTimeout(400).expect(". 1(0) ack 1 <uto 400>").quiet();
    }
  }

  @Test
  @Requirement({"SHLD-16", "MUST-34"})
  void controlSegmentsAreNumberedInsideAShrunkWindow() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(4380).expect(". 1(1460)", ". 1461(1460)", "P. 2921(1460)");
      t.inject("P. 1(10) ack 1461 win 1000").after(40).expect(". 2461(0) ack 11");
      t.inject("P. 11(10) ack 1461 win 0").after(40).expect(". 1461(0) ack 21");
      t.abort().expect("R. 1461(0) ack 21").quiet();
    }
  }

  @Test
  @Requirement("SHLD-16")
  void retransmissionsAreCutAtTheEdgeOfTheWindow() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(2920).expect(". 1(1460)", "P. 1461(1460)");
      t.inject(". 1(0) ack 1 win 500").jump().expect(". 1(500) ack 1").quiet();
      // A segment that ends exactly at the right edge.
      t.after(10).inject(". 1(0) ack 501 win 960").expect(". 501(960) ack 1").quiet();
      t.after(10).inject(". 1(0) ack 1461 win 1460").expect("P. 1461(1460)").quiet();
    }
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(500).shutdownOutput().expect("FP. 1(500)");
      // The window has room for the data, but not for the FIN.
      t.inject(". 1(0) ack 1 win 500").jump().expect("P. 1(500) ack 1").quiet();
      t.after(10).inject(". 1(0) ack 501 win 10").expect("F. 501(0) ack 1").quiet();
    }
  }

  @Test
  void aWindowRoundedDownByScalingIsNotAShrunkWindow() {
    TcpSettings scaling = Timeline.settings(65_535, true, false).withTimers(timers -> timers.withNoDelay(true));
    try (Timeline t = Timeline.established(scaling, "mss 1460, wscale 7")) {
      // The edge is at 1 + 100 * 128.
      t.inject(". 1(0) ack 1 win 100").write(12_800).drop();
      // 12700 octets are left; the field can show 99 units of them.
      t.inject("P. 1(10) ack 101 win 99").after(40).expect(". 12801(0) ack 11");
      t.inject("P. 11(10) ack 101 win 98").after(40).expect(". 12645(0) ack 21");
    }
    // An octet beyond the window is beyond it, however coarse the field is.
    try (Timeline t = Timeline.established(scaling, "mss 1460, wscale 7")) {
      t.inject(". 1(0) ack 1 win 0").write(1000).jump().expect(". 1(1)");
      t.inject("P. 1(10) ack 1 win 0").after(40).expect(". 1(0) ack 11").abort().expect("R. 1(0) ack 11");
    }
  }

  @Test
  @Requirement({"RFC9293-3.8.6.1-06", "MUST-35"})
  void aWindowUpdateWithALowSequenceNumberThatAnswersAProbeIsAccepted() {
    // For the peer our window has shrunk: it has sent up to 3000, and its segments carry the number 1 again.
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 3000(0) ack 1 win 0").write(2000).jump().expect(". 1(1)");
      // By its number this segment is older than the one that closed the window, but it answers a probe.
      t.inject(". 1(0) ack 1 win 1999").expect(". 1(1)", ". 2(1460)").quiet();
      t.inject(". 1(0) ack 1462 win 1000").expect("P. 1462(539)").quiet();
    }
    // It answers no probe, so it may be old.
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 3000(0) ack 1 win 0").write(2000).inject(". 1(0) ack 1 win 2000").quiet();
      assertThat(t.info().sendWindow()).isZero();
    }
  }

  @Test
  void dueAcknowledgementsDoNotLeaveOnlyOnAProbe() {
    try (Timeline t = probed(SMALL)) {
      // The data arrives when the probe is due. If only the probe carried its acknowledgement, the peer would drop
      // both, every time that it sends the data in step with the probes.
      t.at(3100).inject("P. 1(100) ack 1 win 0").expect(". 1(0) ack 101", ". 1(1) ack 101").quiet();
      // The same for a delayed acknowledgement and a window update.
      t.at(7080).inject("P. 101(3996) ack 1 win 0").drop();
      t.at(7100).read(4096).expect(". 1(0) ack 4097 win 4096", ". 1(1) ack 4097 win 4096").quiet();
    }
  }

  @Test
  void peersThatBothAcceptedProbesRecover() {
    try (Timeline t = probed(SMALL)) {
      // The peer has accepted our octet although its window is closed, and we have accepted one of the peer's in the
      // same way. The peer has received neither acknowledgement, and numbers its own where our window ended.
      t.inject(". 1(1) ack 1 win 0").after(40).expect(". 1(0) ack 2");
      t.inject(". 1(0) ack 2 win 0").expect(". 2(0) ack 2");
      assertThat(t.engine().acknowledgedBytes()).isEqualTo(1);
      // An acknowledgement of nothing new is old, and so is any when nothing lies beyond the window.
      t.inject(". 1(0) ack 2 win 5000").expect(". 2(0) ack 2").quiet();
      t.inject(". 2(0) ack 2 win 5000").expect("P. 2(999)").inject(". 1(0) ack 500 win 5000");
      assertThat(t.engine().acknowledgedBytes()).isEqualTo(1);
    }
  }

  @Test
  @Requirement("MUST-26")
  void aKeepAliveThatDataHasOvertakenIsNotSent() {
    TcpSettings settings = PLAIN
        .withProbing(probing -> probing.withKeepAlive(true).withKeepAliveIdle(Duration.ofSeconds(10)));
    try (Timeline t = Timeline.established(settings, Timeline.QUIRKS.withKeepAliveOctet(true))) {
      // The peer would take the octet of garbage for the last octet of this data, if the data is lost.
      t.at(10_100).write(10).expect("P. 1(10) ack 1").quiet();
    }
  }

  @Test
  void aLinkThatComesBackProbesTheClosedWindowAtOnce() {
    try (Timeline t = probed(PLAIN)) {
      long next = t.deadlineMillis();
      t.after(100).linkUp();
      assertThat(t.deadlineMillis()).isEqualTo(t.nowMillis());
      t.jump().expect(". 1(1)").quiet();
      // The interval is doubled as after any probe.
      assertThat(t.deadlineMillis()).isGreaterThan(next);
      t.inject(". 1(0) ack 1 win 5000").drop();
    }
  }

  @Test
  @Requirement({"MUST-35", "MUST-36"})
  void aPeerWhoseWindowIsClosedFromTheBeginningIsProbed() {
    try (Timeline t = Timeline.active(PLAIN).write(100)) {
      t.drop();
      t.at(100).inject("S. 0(0) ack 1 win 0 <mss 1460>").expect(". 1(0) ack 1");
      assertThat(t.deadlineMillis()).as("one retransmission timeout").isEqualTo(1100);
      t.jump().expect(". 1(1) ack 1").quiet();
    }
  }

  @Test
  @Requirement("RFC6298-3-01")
  void anOctetResentAsProbeGivesNoRoundTripSample() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(1460).expect("P. 1(1460)").inject(". 1(0) ack 1 win 0").jump().expect(". 1(1)");
      t.after(50).inject(". 1(0) ack 1461 win 5000");
      assertThat(t.info().timing().roundTrip().rtt().toMillis()).isEqualTo(100);
    }
  }

  // ---- as a receiver

  @Test
  @Requirement({"MUST-66", "RFC9293-3.10.7.4-14", "RFC9293-3.10.7.4-15"})
  void aClosedWindowAcceptsAcknowledgementsOfAProbingPeer() {
    try (Timeline t = closed()) {
      // The peer's octet at 4097 was dropped, but the peer counts it as sent.
      t.inject(". 4098(0) ack 11").quiet();
      assertThat(t.engine().acknowledgedBytes()).isEqualTo(10);
      t.inject("U. 4098(0) ack 21 urg 7").quiet();
      assertThat(t.engine().acknowledgedBytes()).isEqualTo(20);
      assertThat(t.engine().urgentBytes()).isEqualTo(4104);
      // Text is acknowledged here too.
      t.write(5).expect("P. 21(5)").inject("P. 4098(10) ack 26").expect(". 26(0) ack 4097 win 0").readable(4096);
      assertThat(t.engine().acknowledgedBytes()).isEqualTo(25);
      // Segments further away are ignored.
      t.write(5).expect("P. 26(5)").inject(". 4099(0) ack 31").expect(". 31(0) ack 4097 win 0");
      assertThat(t.engine().acknowledgedBytes()).isEqualTo(25);
    }
  }

  @Test
  @Requirement({"RFC5961-3.2-04", "MUST-66"})
  void aClosedWindowIsResetOnlyByTheExactNumber() {
    try (Timeline t = closed()) {
      t.inject("R. 4098(0) ack 21").expect(". 21(0) ack 4097 win 0").state(TcpState.ESTABLISHED);
      t.inject("R. 4099(0) ack 21").quiet().inject("R. 4096(0) ack 21").quiet().state(TcpState.ESTABLISHED);
      t.inject("R. 4097(0) ack 21").closed(CloseCause.RESET_BY_PEER);
    }
  }

  @Test
  void anAcknowledgementAtTheEdgeOfAnOpenWindowCounts() {
    // The peer has filled our window, and its first segment was lost.
    try (Timeline t = Timeline.established(SMALL.withTimers(timers -> timers.withNoDelay(true)))) {
      t.write(10).expect("P. 1(10)").inject(". 1461(1460) ack 1", ". 2921(1176) ack 1").drop();
      t.inject(". 4097(0) ack 11");
      assertThat(t.engine().acknowledgedBytes()).isEqualTo(10);
      // RFC 9293 3.10.7.4, first check: it is acknowledged; a RST outside of the window is not.
      t.expect(". 11(0) ack 1").quiet().inject("R. 4097(0) ack 11").quiet().state(TcpState.ESTABLISHED);
    }
  }

  @Test
  @Requirement({"MUST-66", "RFC9293-3.10.7.4-15"})
  void aClosedWindowAcceptsTheAcknowledgementOfAnOverlappingSegment() {
    TcpSettings settings = SMALL.withWire(
        wire -> wire.withSelectiveAcknowledgment(true).withDuplicateSelectiveAcknowledgment(true));
    try (Timeline t = Timeline.established(settings)) {
      t.write(10).drop();
      t.inject(". 1(4096) ack 1").expect(". 11(0) ack 4097 win 0");
      // Our acknowledgement was lost: the peer sends its last octets again, with one more as a probe, perhaps with its
      // FIN.
      t.inject("F. 4087(11) ack 6").expect(". 11(0) ack 4097 win 0 <sack 4087:4097>").readable(4096);
      assertThat(t.engine().acknowledgedBytes()).isEqualTo(5);
      t.inject(". 4087(10) ack 11").expect(". 11(0) ack 4097 win 0 <sack 4087:4097>").readable(4096);
      assertThat(t.engine().acknowledgedBytes()).as("a segment without new octets").isEqualTo(5);
    }
  }

  @Test
  void shutdownInputReopensAClosedWindow() {
    try (Timeline t = closed()) {
      t.shutdownInput().expect(". 21(0) ack 4097 win 4096").quiet();
    }
  }
}
