package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The events that end TIME-WAIT early, and those that do not: RFC 6191, RFC 1337, RFC 9293 section 3.10.7.4. */
class TimeWaitTest {

  private static final TcpSettings WITH = Timeline.settings(65_535, false, true);

  /** A connection in TIME-WAIT; the peer's FIN had number 11, and its last timestamp, if it sent any, was 500. */
  private static Timeline timeWait(TcpSettings settings) {
    Timeline t = Timeline.established(settings);
    boolean ts = settings.wire().timestamps();
    t.inject("P. 1(10) ack 1" + (ts ? " <ts 490 200>" : "")).read(10).drop();
    t.shutdownOutput().drop();
    t.inject("F. 11(0) ack 2" + (ts ? " <ts 500 200>" : "")).state(TcpState.TIME_WAIT).drop();
    return t;
  }

  @Test
  @Requirement({"RFC6191-2-02", "RFC6191-2-08", "RFC9293-3.10.7.4-17"})
  void aNewerTimestampOrALaterSequenceNumberOpensAnew() {
    try (Timeline t = timeWait(WITH)) {
      assertThat(t.givesWayTo("S 5(0) <ts 501 0>")).as("a newer timestamp, with any number").isTrue();
      assertThat(t.givesWayTo("S 12(0) <ts 500 0>")).as("after the FIN").isTrue();
      assertThat(t.givesWayTo("S 11(0) <ts 500 0>")).as("the FIN's own number").isFalse();
      assertThat(t.givesWayTo("S 12(0) <ts 499 0>")).as("an older timestamp").isFalse();
    }
  }

  @Test
  @Requirement({"RFC6191-2-03", "RFC6191-2-04"})
  void withoutTimestampsInTheSynTheSequenceNumberDecides() {
    try (Timeline t = timeWait(WITH)) {
      assertThat(t.givesWayTo("S 12(0)")).isTrue();
      assertThat(t.givesWayTo("S 11(0)")).isFalse();
    }
  }

  @Test
  @Requirement("RFC6191-2-05")
  void timestampsOnlyInTheNewSynAreEnough() {
    try (Timeline t = timeWait(Timeline.PLAIN)) {
      assertThat(t.givesWayTo("S 3(0) <ts 1 0>")).as("this host does not use timestamps").isFalse();
    }
    // We offered timestamps, but the peer did not accept them.
    try (Timeline t = Timeline.established(WITH, "mss 1460")) {
      t.shutdownOutput().drop();
      t.inject("F. 1(0) ack 2").state(TcpState.TIME_WAIT).drop();
      assertThat(t.givesWayTo("S 0(0) <ts 1 0>")).isTrue();
    }
  }

  @Test
  @Requirement({"RFC6191-2-06", "RFC6191-2-07", "MAY-2"})
  void withoutTimestampsOnEitherSideTheSequenceNumberDecides() {
    try (Timeline t = timeWait(Timeline.PLAIN)) {
      assertThat(t.givesWayTo("S 12(0)")).isTrue();
      assertThat(t.givesWayTo("S 11(0)")).isFalse();
      assertThat(t.givesWayTo("S -100000(0)")).isFalse();
    }
  }

  @Test
  void withReuseSwitchedOffOnlyTheSequenceNumberCounts() {
    try (Timeline t = timeWait(WITH.withClosing(closing -> closing.withTimeWaitReuse(false)))) {
      assertThat(t.givesWayTo("S 5(0) <ts 501 0>")).isFalse();
      assertThat(t.givesWayTo("S 12(0) <ts 501 0>")).isTrue();
      assertThat(t.after(5000).givesWay()).isFalse();
    }
  }

  @Test
  void thisHostMayReopenOnceItsTimestampClockHasAdvanced() {
    try (Timeline t = timeWait(WITH)) {
      assertThat(t.givesWay()).isFalse();
      assertThat(t.after(999).givesWay()).isFalse();
      assertThat(t.after(1).givesWay()).isTrue();
    }
    try (Timeline t = timeWait(Timeline.PLAIN)) {
      assertThat(t.after(5000).givesWay()).as("without timestamps").isFalse();
    }
  }

  @Test
  @Requirement({"RFC9293-3.10.7.4-SYNCHALLENGE", "RFC9293-3.10.7.4-SYNDROP", "RFC6191-2-04"})
  void anUnacceptableSynDoesNotEndTimeWait() {
    try (Timeline t = timeWait(WITH)) {
      t.inject("S 5(0) <ts 400 0>").expect(". 2(0) ack 12").quiet().state(TcpState.TIME_WAIT);
    }
  }

  @Test
  @Requirement({"RFC1337-3-01", "RFC1337-4-01"})
  void timeWaitIsNotAssassinated() {
    try (Timeline t = timeWait(WITH)) {
      // RFC 1337 section 2, H1 to H3: old data draws an acknowledgement, which the peer answers with a RST.
      t.inject("P. 1(10) ack 1 <ts 490 200>").expect(". 2(0) ack 12").inject("R 12(0)").quiet();
      t.state(TcpState.TIME_WAIT).inject("R 5(0)", "R. 12(0) ack 2").quiet().state(TcpState.TIME_WAIT);
      assertThat(t.deadlineMillis()).isEqualTo(60_100);
    }
  }

  @Test
  @Requirement({"RFC9293-3.10.7.4-43", "RFC9293-3.10.8-03", "MUST-13"})
  void aRepeatedFinIsAcknowledgedAndRestartsTimeWait() {
    try (Timeline t = timeWait(Timeline.PLAIN)) {
      t.at(30_000).inject("F. 11(0) ack 2").expect(". 2(0) ack 12").quiet();
      t.at(89_999).state(TcpState.TIME_WAIT).at(90_000).closed(CloseCause.FINISHED);
    }
  }

  @Test
  @Requirement("MUST-13")
  void noOtherTimerShortensTimeWait() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.keepAlive(true, 1000, 1000, 1).finWait2Timeout(5000).shutdownInput().shutdownOutput().drop();
      t.inject(". 1(0) ack 2").state(TcpState.FIN_WAIT_2).inject("F. 1(0) ack 2").state(TcpState.TIME_WAIT);
      t.expect(". 2(0) ack 2").at(60_099).state(TcpState.TIME_WAIT);
      t.keepAlive(true, 1000, 1000, 1).at(60_100).closed(CloseCause.FINISHED);
      t.keepAlive(true, 1000, 1000, 1).idle();
    }
  }

  @Test
  void anAcknowledgementIsIgnoredEvenIfUnreadDataFillsTheWindow() {
    try (Timeline t = Timeline.established(Timeline.settings(4096, false, false))) {
      t.shutdownOutput().drop();
      t.inject("F. 1(4095) ack 2").state(TcpState.TIME_WAIT).expect(". 2(0) ack 4097 win 0");
      t.inject(". 4097(0) ack 2").quiet().inject(". 4098(0) ack 2").expect(". 2(0) ack 4097").read(4095);
    }
  }

  @Test
  void noMemoryIsHeldInTimeWait() {
    try (Timeline t = timeWait(Timeline.PLAIN)) {
      assertThat(t.memory.live()).isZero();
      t.inject(". 12(0) ack 2").quiet();
      assertThat(t.memory.live()).isZero();
    }
  }

  /** Returns a segment of {@code connection} with numbers around those of a connection in TIME-WAIT. */
  private static TcpSegment anySegment(TcpEngine connection, Random random) {
    int[] flags = {TcpSegment.ACK, TcpSegment.ACK | TcpSegment.FIN, TcpSegment.ACK | TcpSegment.PSH, TcpSegment.RST,
        TcpSegment.SYN, TcpSegment.SYN | TcpSegment.ACK, TcpSegment.RST | TcpSegment.ACK};
    int far = random.nextInt(4) == 0 ? random.nextInt() : 0;
    ByteBuf payload = Unpooled.wrappedBuffer(new byte[random.nextInt(3)]);
    TcpOptions options = random.nextBoolean() ? TcpOptions.NONE : TcpOptions.timestamps(random.nextInt(490, 510), 200);
    return new TcpSegment(connection.flow(), connection.rcvNxt() - 4 + random.nextInt(8) + far,
        connection.sndNxt() - random.nextInt(2), flags[random.nextInt(flags.length)], 1000, 0, options, 0, payload,
        PacketFacts.LOCAL);
  }

  private static String header(TcpSegment segment) {
    segment.release();
    return segment.seq() + " " + segment.ack() + " " + segment.flags() + " " + segment.window() + " "
        + segment.options();
  }

  @Test
  void whatIsLeftOfAConnectionAnswersEverySegmentAsTheWholeConnectionDoes() {
    long seed = Long.getLong("seed", new Random().nextLong());
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      TcpSettings settings = (random.nextBoolean() ? WITH : Timeline.PLAIN).withSecurity(
          security -> security.withChallengeAckInterval(Duration.ofMillis(random.nextInt(1000))));
      try (Timeline whole = timeWait(settings); Timeline retired = timeWait(settings)) {
        TimeWait rest = TimeWait.of(retired.engine());
        for (int i = 0; i < 20 && whole.engine().state() == TcpState.TIME_WAIT; i++) {
          long millis = whole.nowMillis() + random.nextInt(3000);
          long now = Timeline.ORIGIN + Duration.ofMillis(whole.at(millis).nowMillis()).toNanos();
          long numbers = random.nextLong();
          TcpSegment syn = anySegment(whole.engine(), new Random(numbers));
          assertThat(rest.givesWayTo(syn)).as("seed %d", seed).isEqualTo(whole.engine().givesWayTo(syn));
          assertThat(rest.givesWay(now)).as("seed %d", seed).isEqualTo(whole.engine().givesWay(now));
          long discarded = whole.engine().discardedSegments();
          whole.engine().onSegment(syn, now);
          TcpSegment answer = whole.poll();
          TcpSegment again = anySegment(retired.engine(), new Random(numbers));
          boolean used = rest.onSegment(again, now);
          again.release();
          assertThat(used).as("seed %d", seed).isEqualTo(whole.engine().discardedSegments() == discarded);
          assertThat(rest.isAckDue()).as("seed %d, an answer", seed).isEqualTo(answer != null);
          if (answer != null) {
            assertThat(header(rest.acknowledgement(Unpooled.EMPTY_BUFFER.alloc(), now))).as("seed %d", seed)
                .isEqualTo(header(answer));
          }
          assertThat(rest.deadline()).as("seed %d", seed).isEqualTo(whole.engine().nextDeadline());
        }
        retired.state(TcpState.TIME_WAIT);
        rest.end();
        retired.state(TcpState.CLOSED);
        assertThat(retired.engine().closeCause()).isEqualTo(CloseCause.FINISHED);
      }
    }
  }

  @Test
  void aConnectionWithSomethingToSendOrToReadIsNotOver() {
    try (Timeline t = Timeline.established(WITH)) {
      assertThat(TimeWait.of(t.engine())).as("established").isNull();
      t.shutdownOutput().drop();
      t.inject("P. 1(10) ack 2 <ts 490 200>", "F. 11(0) ack 2 <ts 500 200>").state(TcpState.TIME_WAIT);
      assertThat(TimeWait.of(t.engine())).as("the FIN is not acknowledged").isNull();
      t.expect(". 2(0) ack 12").quiet();
      assertThat(TimeWait.of(t.engine())).as("unread data").isNull();
      assertThat(t.read(10).engine().nextDeadline()).isLessThan(TcpEngine.NO_DEADLINE);
      assertThat(TimeWait.of(t.engine())).isNotNull();
      assertThat(t.engine().nextDeadline()).as("the timer has moved").isEqualTo(TcpEngine.NO_DEADLINE);
    }
  }
}
