package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Receiving data: reassembly, acknowledgements and the window (RFC 9293 sections 3.8.6 and 3.10.7.4, RFC 5681 section
 * 4.2).
 */
class ReceiveTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN;

  @Test
  @Requirement({"SHLD-18", "RFC5681-4.2-01", "RFC9293-3.1-11"})
  void anAcknowledgementIsDelayed() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("P. 1(100) ack 1").quiet();
      assertThat(t.deadlineMillis() - t.nowMillis()).isPositive().isLessThan(500);
      t.jump().expect(". 1(0) ack 101").idle();
    }
  }

  @Test
  @Requirement({"SHLD-19", "RFC5681-4.2-03", "RFC5681-4.2-05"})
  void everySecondFullSegmentIsAcknowledgedAtOnce() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 1(1460) ack 1").quiet().inject(". 1461(1460) ack 1").expect(". 1(0) ack 2921").idle();
      // The sender's segments may be smaller than our MSS because of its options or its path.
      t.read(2920).drop();
      t.inject(". 2921(1460) ack 1").quiet().inject(". 4381(1460) ack 1").expect(". 1(0) ack 5841").idle();
    }
  }

  @Test
  @Requirement({"MUST-58", "MUST-59"})
  void aBatchOfSegmentsIsAcknowledgedOnce() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 1(1000) ack 1", ". 1001(1000) ack 1", ". 2001(1000) ack 1", ". 3001(1000) ack 1");
      t.expect(". 1(0) ack 4001").idle();
    }
  }

  @Test
  void dataCarriesTheAcknowledgement() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("P. 1(100) ack 1").write(10).expect("P. 1(10) ack 101");
      t.inject(". 101(0) ack 11").idle();
    }
  }

  @Test
  @Requirement({"SHLD-31", "RFC5681-3.2-02", "RFC9293-3.10.7.4-35"})
  void outOfOrderDataIsStoredAndAcknowledgedAtOnce() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 101(100) ack 1").expect(". 1(0) ack 1").quiet();
      t.inject(". 301(100) ack 1", ". 401(100) ack 1").expect(". 1(0) ack 1", ". 1(0) ack 1").quiet().readable(0);
      // The first segment fills a part of the gap, the second all of it.
      t.inject(". 1(100) ack 1").expect(". 1(0) ack 201").quiet().read(200);
      t.inject(". 201(100) ack 1").expect(". 1(0) ack 501").quiet().read(300).idle();
    }
  }

  @Test
  @Requirement({"RFC5681-3.2-01", "RFC5681-4.2-06", "MAY-13"})
  void eachSegmentAboveAGapIsAcknowledgedAtOnce() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 101(100) ack 1").expect(". 1(0) ack 1").quiet();
      t.inject(". 301(100) ack 1", ". 401(100) ack 1").expect(". 1(0) ack 1", ". 1(0) ack 1").quiet().readable(0);
    }
  }

  @Test
  @Requirement("RFC5681-4.2-09")
  void duplicateAcksAreNotSentAfterTheGapIsFilled() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 101(100) ack 1", ". 201(100) ack 1", ". 301(100) ack 1", ". 1(100) ack 1");
      t.expect(". 1(0) ack 401").quiet();
    }
  }

  @Test
  @Requirement({"RFC9293-3.10.7.4-13", "RFC7323-2.4-02"})
  void onlyTheNewPartOfASegmentIsDelivered() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 1(100) ack 1", ". 51(100) ack 1").read(150);
      t.inject(". 301(100) ack 1", ". 251(200) ack 1", ". 201(300) ack 1", ". 101(600) ack 1").read(550);
      assertThat(t.info().bytesReceived()).isEqualTo(700);
    }
  }

  @Test
  @Requirement({"RFC9293-3.10.7.4-14", "RFC9293-3.10.7.4-16", "RFC9293-3.5.2-04"})
  void anOldOrStraySegmentIsAcknowledgedAndDropped() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("P. 1(100) ack 1").read(100).drop();
      t.inject(". 1(100) ack 1").expect(". 1(0) ack 101").quiet();
      t.inject(". 70000(10) ack 1").expect(". 1(0) ack 101").quiet();
      // A keep-alive probe, with one octet of garbage or without.
      t.inject(". 100(1) ack 1").expect(". 1(0) ack 101").inject(". 100(0) ack 1").expect(". 1(0) ack 101");
      t.readable(0);
      t.after(40).idle();
    }
  }

  @Test
  void aSegmentLargerThanTheWindowIsTrimmed() {
    TcpSettings settings = Timeline.settings(4096, false, false);
    try (Timeline t = Timeline.established(settings)) {
      t.inject("FP. 1(60000) ack 1").readable(4096).expect(". 1(0) ack 4097 win 0").state(TcpState.ESTABLISHED);
    }
  }

  @Test
  void aFinBeyondTheWindowIsTrimmedToo() {
    try (Timeline t = Timeline.established(Timeline.settings(4096, false, false))) {
      t.inject("FP. 1(4096) ack 1").state(TcpState.ESTABLISHED).expect(". 1(0) ack 4097 win 0").read(4096);
      t.expect(". 1(0) ack 4097 win 4096").inject("F. 4097(0) ack 1").state(TcpState.CLOSE_WAIT);
    }
  }

  @Test
  @Requirement({"RFC9293-3.8.6.1-07", "RFC9293-3.10.7.4-15", "MAY-8"})
  void aClosedWindowAcceptsAcknowledgementsAndResetsButNoData() {
    TcpSettings settings = Timeline.settings(4096, false, false);
    try (Timeline t = Timeline.established(settings)) {
      t.write(10).expect("P. 1(10)").inject(". 1(4096) ack 1").expect(". 11(0) ack 4097 win 0");
      t.inject(". 4097(1) ack 11").expect(". 11(0) ack 4097 win 0").readable(4096);
      assertThat(t.engine().acknowledgedBytes()).isEqualTo(10);
      t.inject("R. 4097(0) ack 11").closed(CloseCause.RESET_BY_PEER);
    }
  }

  @Test
  @Requirement({"MUST-39", "RFC9293-3.8.6.2.2-02", "RFC9293-3.8.6.2.2-03"})
  void theWindowReopensOnlyInStepsOfASegment() {
    TcpSettings settings = Timeline.settings(65_535, false, false);
    try (Timeline t = Timeline.established(settings)) {
      fill(t);
      int steps = 0;
      for (; 65_535 - held(t) < 1460; steps++) {
        t.quiet().read(500);
      }
      assertThat(steps).isPositive();
      t.expect(". 1(0) ack 65536 win " + window(t)).quiet();
    }
  }

  /** Fills the whole window of 65535 bytes. */
  private static void fill(Timeline t) {
    for (int at = 1; at < 65_536; at += 1365) {
      t.inject(". " + at + "(" + Math.min(1365, 65_536 - at) + ") ack 1");
    }
    t.readable(65_535);
    String last = null;
    for (String next = t.next(); next != null; next = t.next()) {
      last = next;
    }
    assertThat(last).contains("ack 65536 win 0 ");
  }

  /** The capacity less the memory that the queue holds. */
  private static String window(Timeline t) {
    return Integer.toString(65_535 - held(t));
  }

  private static int held(Timeline t) {
    return t.engine().receiveMemory();
  }

  @Test
  @Requirement({"SHLD-14", "RFC9293-3.1-15"})
  void theRightEdgeNeverMovesLeft() {
    TcpSettings settings = Timeline.settings(8192, false, false);
    try (Timeline t = Timeline.established(settings)) {
      // Each octet costs more memory than itself, but the advertised edge is kept.
      int edge = 1 + 8192;
      for (int at = 1; at < 200; at += 2) {
        t.inject(". " + at + "(2) ack 1");
        String sent = t.next();
        if (sent != null) {
          assertThat(right(sent)).isEqualTo(edge);
        }
      }
      t.engine().receiveCapacity(2048);
      t.inject(". 201(100) ack 1").after(40);
      assertThat(right(t.next())).isEqualTo(edge);
    }
  }

  private static int right(String sent) {
    String[] words = sent.split(" ");
    return Integer.parseInt(words[3]) + Integer.parseInt(words[5]);
  }

  @Test
  void anOctetHoldsLittleMemory() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 1(1) ack 1");
      assertThat(held(t)).isLessThanOrEqualTo(512);
      assertThat(t.memory.liveBytes()).isLessThanOrEqualTo(held(t));
      t.read(1);
      assertThat(held(t)).isZero();
    }
  }

  @Test
  void chargedMemoryCoversTheMemoryHeld() {
    try (Timeline t = Timeline.established(PLAIN)) {
      for (int at = 1; at < 20_000; at += 7) {
        t.inject(". " + at + "(7) ack 1").drop();
        assertThat(t.memory.liveBytes()).isLessThanOrEqualTo(held(t));
        assertThat(held(t)).isLessThanOrEqualTo(2 * (at + 7) + 1024);
      }
    }
  }

  @Test
  void theMemoryOfTinyOutOfOrderSegmentsIsBounded() {
    try (Timeline t = Timeline.established(Timeline.settings(1 << 20, true, false))) {
      for (int at = 3; at < 60_000; at += 2) {
        t.inject(". " + at + "(1) ack 1");
      }
      t.drop();
      assertThat(held(t)).isLessThanOrEqualTo(Reassembly.MAX_RANGES * (256 + ByteQueue.BUFFER_OVERHEAD));
      t.inject(". 1(60000) ack 1").read(60_000);
    }
  }

  @Test
  void outOfOrderDataNeverHoldsMoreThanTheCapacity() {
    try (Timeline t = Timeline.established(Timeline.settings(4096, false, false))) {
      for (int at = 3; at < 4096; at += 2) {
        t.inject(". " + at + "(1) ack 1");
        assertThat(held(t)).isLessThanOrEqualTo(4096 + 4096 / 32);
      }
    }
  }

  @Test
  @Tag("many")
  void tinyInOrderSegmentsHaveLittleOverhead() {
    TcpSettings settings = Timeline.settings(16_384, false, false);
    try (Timeline t = Timeline.established(settings)) {
      for (int at = 1; at <= 16_384; at++) {
        t.inject(". " + at + "(1) ack 1").drop();
        assertThat(t.memory.liveBytes()).isLessThanOrEqualTo(held(t));
      }
      // Everything that was advertised was accepted, and the buffers have little overhead.
      t.readable(16_384);
      assertThat(held(t)).isLessThanOrEqualTo(16_384 + 16_384 / 8);
    }
  }

  @Test
  void aWholeWindowBehindOneLostSegmentIsStored() {
    for (int capacity : new int[] {16_384, 65_535, 1 << 20}) {
      try (Timeline t = Timeline.established(Timeline.settings(capacity, true, false))) {
        t.inject(". 1(1) ack 1").after(40).drop();
        // The window that was advertised last.
        for (int at = 1462; at < capacity - 1460; at += 1460) {
          t.inject(". " + at + "(1460) ack 1").drop();
          assertThat(held(t)).isLessThanOrEqualTo(capacity + capacity / 32);
        }
        t.inject(". 2(1460) ack 1");
        assertThat(t.engine().readableBytes()).isGreaterThan(capacity - 2 * 1460);
      }
    }
  }

  @Test
  void aBufferThatIsPartlyReadIsStillHeld() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("P. 1(1460) ack 1");
      int held = held(t);
      t.read(1459);
      assertThat(held(t)).isEqualTo(held);
      t.read(1);
      assertThat(held(t)).isZero();
    }
  }

  @Test
  void accumulatedDataIsReadInLargePieces() {
    try (Timeline t = Timeline.established(Timeline.settings(1 << 20, true, false))) {
      for (int at = 1; at < 500_000; at += 1000) {
        t.inject(". " + at + "(1000) ack 1");
      }
      int pieces = 0;
      for (int left = 500_000; left > 0; pieces++) {
        var piece = t.engine().read(1 << 16, 0);
        left -= piece.readableBytes();
        assertThat(piece.readableBytes()).isLessThanOrEqualTo(1 << 16);
        piece.release();
      }
      assertThat(pieces).isLessThanOrEqualTo(20);
      t.drop();
    }
  }

  @Test
  void whereSegmentsOverlapTheFirstOctetsAreKept() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 11(10) ack 1");
      // The same sequence numbers with different octets.
      t.injectOctets(1, 40, (byte) 0x55);
      byte[] octets = t.take(40);
      for (int i = 0; i < 40; i++) {
        byte expected = i >= 10 && i < 20 ? SegmentText.octet(1 + i) : 0x55;
        assertThat(octets[i]).as("octet %d", i).isEqualTo(expected);
      }
    }
  }

  @Test
  void peekDoesNotConsumeData() {
    try (Timeline t = Timeline.established(PLAIN)) {
      ByteBuf target = t.memory.buffer(40);
      assertThat(t.engine().peek(target, 5)).isZero();
      t.inject("P. 1(10) ack 1", ". 21(5) ack 1");
      assertThat(t.engine().peek(target, 4)).isEqualTo(4);
      assertThat(t.engine().peek(target, 100)).isEqualTo(10);
      assertThat(t.engine().peek(target, 0)).isZero();
      assertThat(t.engine().peek(target, -1)).isZero();
      assertThat(target.readableBytes()).isEqualTo(14);
      for (int i = 0; i < 14; i++) {
        assertThat(target.getByte(i)).isEqualTo(SegmentText.octet(i < 4 ? 1 + i : 1 + i - 4));
      }
      target.release();
      assertThat(t.engine().read(0, 0)).isNull();
      t.readable(10).read(10);
    }
  }

  @Test
  @Requirement("RFC9293-3.4-02")
  void sequenceNumbersWrapWhileReceiving() {
    try (Timeline t = Timeline.active(PLAIN, Timeline.FLOW, 1500, 7, -1000).handshake("mss 1460")) {
      t.inject(". 1461(1460) ack 1", ". 501(1200) ack 1", ". 1(500) ack 1").read(2920).expect(". 1(0) ack 2921");
    }
  }

  @Test
  @Requirement({"RFC7323-2.3-05", "RFC7323-2.4-03"})
  void theAdvertisedWindowIsScaled() {
    try (Timeline t = Timeline.established(Timeline.settings(1 << 20, true, false))) {
      t.inject("P. 1(1000) ack 1").at(140).expect(". 1(0) ack 1001 win 32736");
      // The right edge is kept, whatever memory the data takes; in units of 32 bytes, rounded down.
      assertThat(32_736).isEqualTo((1 << 20) - 1000 >> 5);
    }
  }

  @Test
  void moreCapacityOpensTheWindow() {
    try (Timeline t = Timeline.established(Timeline.settings(4096, false, false))) {
      t.engine().receiveCapacity(20_000);
      t.expect(". 1(0) ack 1 win 20000").idle();
    }
  }

  @Test
  @Requirement({"RFC9293-3.8.5-07", "RFC9293-3.8.5-09", "MUST-31"})
  void anUrgentPointerNeverDisturbsTheStream() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("PU. 1(10) ack 1 urg 5", "PU. 11(10) ack 1 urg 0", "PU. 21(10) ack 1 urg 65535", ". 31(10) ack 1 urg 9");
      t.read(40);
    }
  }
}
