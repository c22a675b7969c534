package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

/**
 * Sending data: segmentation, PSH, Nagle's algorithm, and the sender's silly window avoidance (RFC 9293 sections 3.7.4,
 * 3.8.6.2.1).
 */
class SendTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN;
  private static final TcpSettings NO_DELAY = PLAIN.withTimers(timers -> timers.withNoDelay(true));

  @Test
  @Requirement({"SHLD-28", "MUST-61", "RFC9293-3.10.2-03"})
  void dataIsSentInFullSegmentsAndTheLastIsPushed() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.write(4000).expect(". 1(1460) ack 1", ". 1461(1460) ack 1", "P. 2921(1080) ack 1").quiet();
      assertThat(t.info().bytesInFlight()).isEqualTo(4000);
    }
  }

  @Test
  @Requirement("SHLD-7")
  void nagleHoldsBackASmallSegmentWhileDataIsUnacknowledged() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(10).expect("P. 1(10) ack 1");
      t.write(10).write(20).quiet();
      t.after(50).inject(". 1(0) ack 11").expect("P. 11(30) ack 1").quiet();
    }
  }

  @Test
  @Requirement({"SHLD-27", "MAY-16", "MUST-60"})
  void theAcknowledgementReleasesDataHeldBackByNagle() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(10).drop();
      t.write(10).write(20).after(50).inject(". 1(0) ack 11").expect("P. 11(30) ack 1").quiet();
    }
  }

  @Test
  @Requirement("SHLD-7")
  void nagleDoesNotHoldBackFullSegments() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(10).expect("P. 1(10)").write(1470).expect(". 11(1460)").quiet();
    }
  }

  @Test
  @Requirement("MUST-17")
  void nagleCanBeSwitchedOffAtAnyTime() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(10).expect("P. 1(10)").write(10).quiet();
      t.noDelay(true).expect("P. 11(10)").write(5).expect("P. 21(5)").noDelay(false).write(5).quiet();
    }
  }

  @Test
  void theLastSegmentBeforeAFinIsNotHeldBack() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(10).expect("P. 1(10)").write(10).quiet().shutdownOutput().expect("FP. 11(10) ack 1");
    }
  }

  @Test
  @Requirement({"RFC5681-2-01", "MUST-1", "REC-1"})
  void nothingIsSentBeyondThePeersWindow() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.inject(". 1(0) ack 1 win 3000").write(10_000);
      t.expect(". 1(1460)", ". 1461(1460)").quiet();
      t.inject(". 1(0) ack 1461 win 3000").expect(". 2921(1460)").quiet();
      // The window field is unsigned: 40000 is not negative.
      t.inject(". 1(0) ack 4381 win 40000").expect(". 4381(1460)");
    }
  }

  @Test
  @Requirement({"MUST-38", "RFC9293-3.8.6.2.1-02"})
  void aSmallWindowIsNotFilledWithASmallSegmentBeforeTheOverrideTimeout() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 1(0) ack 1 win 100").write(1000).quiet();
      assertThat(t.deadlineMillis() - t.nowMillis()).isBetween(100L, 1000L);
      t.jump().expect(". 1(100) ack 1").quiet();
    }
  }

  // MUST-17 allows an application only to switch off Nagle's algorithm: a small window is still not filled.
  @Test
  @Requirement("MUST-38")
  void noDelayDoesNotOverrideSillyWindowAvoidance() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 1(0) ack 1 win 100").write(1000).quiet().noDelay(true).quiet();
      t.jump().expect(". 1(100) ack 1").quiet();
    }
  }

  // As in Linux: setting TCP_NODELAY sends the data that TCP_CORK holds back, once.
  @Test
  void noDelaySendsCorkedDataOnce() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.cork(true).write(10).quiet().noDelay(true).expect("P. 1(10) ack 1").write(5).quiet();
      t.cork(false).expect("P. 11(5) ack 1");
    }
    // If nothing is held back, noDelay sends nothing, neither immediately nor later.
    try (Timeline t = Timeline.established(PLAIN)) {
      t.cork(true).noDelay(true).quiet().write(5).quiet().cork(false).expect("P. 1(5) ack 1");
    }
  }

  @Test
  @Requirement("MUST-38")
  void halfOfTheLargestWindowIsSent() {
    try (Timeline t = Timeline.active(PLAIN)) {
      t.drop();
      t.inject("S. 0(0) ack 1 win 400 <mss 1460>").expect(". 1(0)").write(1000).expect(". 1(400)").quiet();
      t.inject(". 1(0) ack 401 win 199").quiet().inject(". 1(0) ack 401 win 200").expect(". 401(200)");
    }
  }

  @Test
  @Requirement({"MUST-34", "SHLD-15", "SHLD-16"})
  void aShrunkWindowStopsNewDataAndStillRetransmitsTheOld() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.write(20_000).expect(". 1(1460)", ". 1461(1460)", ". 2921(1460)").drop();
      t.inject(". 1(0) ack 1461 win 1460").quiet();
      t.jump().expect(". 1461(1460) ack 1").quiet();
    }
  }

  @Test
  @Requirement("RFC9293-3.10.7.4-27")
  void onlyANewerSegmentChangesTheWindow() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("P. 1(10) ack 1 win 5000").inject(". 1(0) ack 1 win 9000");
      assertThat(t.info().sendWindow()).isEqualTo(5000);
      t.write(10).drop();
      t.inject(". 11(0) ack 11 win 7000", ". 11(0) ack 1 win 1");
      assertThat(t.info().sendWindow()).isEqualTo(7000);
      // The last two were sent before the first one, which has overtaken them.
      t.inject(". 31(10) ack 11 win 8000", ". 21(10) ack 11 win 3000", ". 11(10) ack 11 win 2000");
      assertThat(t.info().sendWindow()).isEqualTo(8000);
    }
  }

  @Test
  @Requirement({"RFC9293-3.10.7.4-25", "RFC9293-3.10.7.4-26"})
  void anAckInTheMiddleOfASegmentIsAccepted() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(1000).expect("P. 1(1000)").inject(". 1(0) ack 501");
      assertThat(t.engine().acknowledgedBytes()).isEqualTo(500);
      t.jump().expect("P. 501(500) ack 1");
    }
  }

  @Test
  @Requirement("RFC9293-3.4-02")
  void sequenceNumbersWrapWhileSending() {
    try (Timeline t = Timeline.active(NO_DELAY, Timeline.FLOW, 1500, -2000, -3).handshake("mss 1460")) {
      t.write(6000).expect(". 1(1460)", ". 1461(1460)", ". 2921(1460)", ". 4381(1460)", "P. 5841(160)");
      t.inject(". 1(0) ack 2921").after(100).inject(". 1(0) ack 6001").idle();
      assertThat(t.engine().acknowledgedBytes()).isEqualTo(6000);
    }
  }

  @Test
  void theSendBufferAcceptsOnlyWhatFits() {
    TcpSettings settings = PLAIN.withBuffers(buffers -> buffers.withSendBuffer(4096));
    try (Timeline t = Timeline.established(settings)) {
      assertThat(t.engine().writableBytes()).isEqualTo(4096);
      ByteBuf data = t.memory.buffer(5000).writeZero(5000);
      assertThat(t.engine().write(data, 0)).isEqualTo(4096);
      assertThat(data.readableBytes()).isEqualTo(904);
      assertThat(t.engine().write(data, 0)).isZero();
      data.release();
      assertThat(t.engine().writableBytes()).isZero();
      t.shutdownOutput();
      assertThat(t.engine().writableBytes()).isZero();
    }
  }

  @Test
  void manySmallWritesShareMemory() {
    try (Timeline t = Timeline.established(PLAIN)) {
      for (int i = 0; i < 10_000; i++) {
        t.write(1);
      }
      assertThat(t.memory.liveBytes()).isLessThan(30_000);
      assertThat(t.memory.live()).isLessThan(20);
    }
  }

  @Test
  void aLowerPathMtuMakesSmallerSegments() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.write(3000).expect(". 1(1460)", ". 1461(1460)", "P. 2921(80)");
      t.pathMtu(1000, 9999).quiet();
      t.pathMtu(1000, 1).expect(". 1(960)", ". 961(500)", ". 1461(960)", ". 2421(500)").quiet();
      assertThat(t.info().mss()).isEqualTo(960);
    }
  }

  @Test
  @Requirement("SHLD-7")
  void aFullSegmentDoesNotHoldBackASmallOne() {
    try (Timeline t = Timeline.established(PLAIN)) {
      // Minshall's variant: only another small segment holds a small one back.
      t.write(1460).expect("P. 1(1460)").write(10).expect("P. 1461(10)").write(10).quiet();
    }
  }

  @Test
  @Requirement({"MUST-38", "SHLD-7"})
  void halfOfTheLargestWindowIsSentOnlyWhenNothingIsInFlight() {
    for (boolean noDelay : new boolean[] {false, true}) {
      try (Timeline t = Timeline.active(noDelay ? NO_DELAY : PLAIN)) {
        t.drop();
        t.inject("S. 0(0) ack 1 win 1000 <mss 1460>").expect(". 1(0)").write(300).expect("P. 1(300)").write(2000);
        if (noDelay) {
          t.expect(". 301(700)").quiet();
        } else {
          t.quiet();
        }
      }
    }
    try (Timeline t = Timeline.active(PLAIN)) {
      t.drop();
      t.inject("S. 0(0) ack 1 win 1000 <mss 1460>").expect(". 1(0)").cork(true).write(2000).quiet();
      t.cork(false).expect(". 1(1000)").quiet();
    }
  }

  @Test
  @Requirement("MUST-38")
  void theOverrideTimeoutIsCancelledWhenItsDataIsSent() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 1(0) ack 1 win 100").write(1000).quiet();
      assertThat(t.deadlineMillis()).isEqualTo(1100);
      t.at(150).inject(". 1(0) ack 1 win 5000").expect("P. 1(1000)");
      // Nagle's algorithm holds this back beyond the former override timeout.
      t.write(10).at(1140).quiet();
    }
  }

  @Test
  @Requirement({"RFC9293-3.4-03", "SHLD-15"})
  void aFinIsNotSentBeyondThePeersWindow() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.inject(". 1(0) ack 1 win 1000").write(1000).shutdownOutput().expect("P. 1(1000) ack 1").quiet();
      t.inject(". 1(0) ack 1 win 1001").expect("F. 1001(0) ack 1").quiet();
    }
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.inject(". 1(0) ack 1 win 1000").write(1000).expect("P. 1(1000)").shutdownOutput().quiet();
      t.after(50).inject(". 1(0) ack 1001 win 1000").expect("F. 1001(0) ack 1").quiet();
    }
  }

  @Test
  @Requirement("MUST-61")
  void anUnpushedSegmentIsRetransmittedWithoutPush() {
    try (Timeline t = Timeline.established(PLAIN)) {
      // More data was announced, but only the FIN follows.
      t.writeMore(1460).expect(". 1(1460)").inject(". 1(0) ack 1 win 60000").shutdownOutput().expect("F. 1461(0)");
      t.jump().expect(". 1(1460)");
    }
  }

  @Test
  @Requirement("MUST-61")
  void aPushIsRepeatedAfterManyEarlierOnes() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      for (int i = 0; i < 100; i++) {
        t.write(10).expect("P. " + (1 + 10 * i) + "(10)").inject(". 1(0) ack " + (11 + 10 * i));
      }
      t.write(10).expect("P. 1001(10)").write(10).expect("P. 1011(10)").jump().expect("P. 1001(10)");
    }
  }

  @Test
  void theAnnouncementOfMoreEndsAtThePeersNextSegment() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.writeMore(10).quiet().inject(". 1(0) ack 1 win 60000").expect("P. 1(10) ack 1").quiet();
    }
  }

  @Test
  @Requirement("RFC5681-4.1-01")
  void exactlyOneTimeoutOfSilenceIsNotIdle() {
    for (boolean longer : new boolean[] {false, true}) {
      try (Timeline t = Timeline.established(NO_DELAY.withCongestion(c -> c.withSlowStartAfterIdle(true)))) {
        t.write(14_600).drop();
        t.at(200).inject(". 1(0) ack 14601");
        assertThat(t.info().cwnd()).isGreaterThan(14_600);
        // Data was last sent at 100 ms; the timeout is a second.
        t.at(longer ? 1101 : 1100).write(1460).drop();
        if (longer) {
          assertThat(t.info().cwnd()).isEqualTo(14_600);
        } else {
          assertThat(t.info().cwnd()).isGreaterThan(14_600);
        }
      }
    }
  }
}
