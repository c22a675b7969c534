package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.packet.Offload;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.TcpSegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/** Segments that the interface cuts: what would leave one by one leaves as one. */
class SuperSegmentTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN;

  private static Timeline offloaded(TcpSettings settings, String options) {
    Timeline t = Timeline.established(settings, options);
    t.engine().offload(Offload.ALL);
    return t;
  }

  /** Expects one segment that is cut into segments of {@code size} octets. */
  private static void expectBurst(Timeline t, String text, int size) {
    TcpSegment segment = t.poll();
    assertThat(segment).isNotNull();
    SegmentText.parse(text).compare(segment, t.iss, t.irs);
    assertThat(segment.facts().segmentSize()).as("segment size of %s", text).isEqualTo(size);
    assertThat(segment.facts().checksum()).isEqualTo(ChecksumState.UNFINISHED);
    segment.release();
  }

  @Test
  void theInitialWindowLeavesAsOneSegment() {
    try (Timeline t = offloaded(PLAIN, "mss 1000")) {
      t.write(20_000);
      expectBurst(t, ". 1(10000) ack 1", 1000);
      t.quiet();
      assertThat(t.info().sent().segsOut()).isEqualTo(2 + 10);
      t.inject(". 1(0) ack 2001");
      expectBurst(t, ". 10001(3000) ack 1", 1000);
      t.quiet();
    }
  }

  @Test
  void aSegmentAloneIsNotCut() {
    try (Timeline t = offloaded(PLAIN, "mss 1000")) {
      t.write(1000);
      expectBurst(t, "P. 1(1000)", 0);
      t.write(10);
      expectBurst(t, "P. 1001(10)", 0);
    }
  }

  @Test
  void theEndOfTheDataJoinsUnlessASmallSegmentIsInFlight() {
    try (Timeline t = offloaded(PLAIN, "mss 1000")) {
      t.write(2500);
      expectBurst(t, "P. 1(2500)", 1000);
      t.write(2500);
      expectBurst(t, ". 2501(2000)", 1000);
      t.quiet();
      t.inject(". 1(0) ack 2501");
      expectBurst(t, "P. 4501(500)", 0);
    }
  }

  @Test
  void theFinJoins() {
    try (Timeline t = offloaded(PLAIN, "mss 1000")) {
      t.write(2500).shutdownOutput();
      expectBurst(t, "FP. 1(2500)", 1000);
      t.quiet();
    }
  }

  @Test
  void windowsAndTheInterfaceLimitIt() {
    try (Timeline t = offloaded(PLAIN, "mss 1000")) {
      t.inject(". 1(0) ack 1 win 3500").write(20_000);
      expectBurst(t, ". 1(3000)", 1000);
      t.quiet();
      t.inject(". 1(0) ack 3001 win 65535");
      t.engine().offload(new Offload(true, false, 4040, 0));
      expectBurst(t, ". 3001(4000)", 1000);
      t.engine().offload(new Offload(true, false, 3039, 0));
      expectBurst(t, ". 7001(2000)", 1000);
      t.engine().offload(Offload.NONE);
      t.expect(". 9001(1000)");
    }
  }

  @Test
  void urgentDataAndSelectiveAcknowledgmentsTravelAlone() {
    try (Timeline t = offloaded(PLAIN.withWire(wire -> wire.withSelectiveAcknowledgment(true)), "mss 1000, sackOK")) {
      t.writeUrgent(3000);
      t.expect("U. 1(1000)", "U. 1001(1000)", "PU. 2001(1000)");
      t.inject(". 1(0) ack 3001");
      t.inject("P. 101(100) ack 3001").write(3000).expect(". 3001(0) ack 1 <sack 101:201>");
      t.expect(". 3001(988) ack 1 <sack 101:201>");
    }
  }

  @Test
  void onlyTheLostSegmentIsSentAgain() {
    try (Timeline t = offloaded(PLAIN.withWire(wire -> wire.withSelectiveAcknowledgment(true)), "mss 1000, sackOK")) {
      t.write(10_000);
      expectBurst(t, "P. 1(10000)", 1000);
      t.at(200).inject(". 1(0) ack 4001 <sack 5001:6001>", ". 1(0) ack 4001 <sack 5001:7001>",
          ". 1(0) ack 4001 <sack 5001:8001>");
      expectBurst(t, ". 4001(1000)", 0);
      t.quiet();
    }
  }

  @Test
  void whatIsPacedTogetherLeavesTogether() {
    TcpSettings paced = PLAIN.withTimers(timers -> timers.withNoDelay(true))
        .withCongestion(congestion -> congestion.withPacing(true));
    try (Timeline t = offloaded(paced, "mss 1000")) {
      t.write(20_000);
      expectBurst(t, ". 1(2000)", 1000);
      t.quiet().at(110);
      expectBurst(t, ". 2001(2000)", 1000);
      t.quiet();
    }
  }

  @Test
  void aPayloadOfSeveralBuffersIsReadOnlyAndHasHeadroom() {
    try (Timeline t = offloaded(PLAIN, "mss 1000")) {
      t.write(5000).write(5000);
      TcpSegment segment = t.poll();
      assertThat(segment.payload().nioBufferCount()).isGreaterThan(1);
      SegmentText.parse("P. 1(10000)").compare(segment, t.iss, t.irs);
      segment.payload().readerIndex(segment.payload().readerIndex() - 60).setInt(segment.payload().readerIndex(), 7);
      segment.release();
    }
  }

  /** With offload and without it, the same segments appear on the wire at the same times. */
  @Property(tries = 500, shrinking = ShrinkingMode.OFF)
  void theWireSeesTheSameSegments(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    boolean sack = random.nextBoolean();
    boolean timestamps = random.nextBoolean();
    boolean noDelay = random.nextBoolean();
    boolean pacing = random.nextInt(4) == 0;
    TcpSettings settings = PLAIN
        .withWire(wire -> wire.withSelectiveAcknowledgment(sack).withTimestamps(timestamps))
        .withTimers(timers -> timers.withNoDelay(noDelay))
        .withCongestion(congestion -> congestion.withPacing(pacing));
    int mss = 100 + random.nextInt(1300);
    Offload offload = new Offload(true, random.nextBoolean(), random.nextInt(Offload.LONGEST + 1), 0);
    String options = "mss " + mss + (sack ? ", sackOK" : "") + (timestamps ? ", ts 1 " + Timeline.TS0 : "");
    try (Timeline plain = Timeline.established(settings, options);
        Timeline cut = Timeline.established(settings, options)) {
      cut.engine().offload(offload);
      new Lockstep(random, plain, cut, timestamps, sack).run(60);
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed + ", " + offload, e);
    }
  }

  /** Drives two engines by the same events. */
  private static final class Lockstep {

    private final SplittableRandom random;
    private final Timeline plain;
    private final Timeline cut;
    private final boolean timestamps;
    private final boolean sack;
    private int acked = 1;
    private int sent = 1;
    private int queued;
    private boolean shut;

    Lockstep(SplittableRandom random, Timeline plain, Timeline cut, boolean timestamps, boolean sack) {
      this.sack = sack;
      this.random = random;
      this.plain = plain;
      this.cut = cut;
      this.timestamps = timestamps;
    }

    void run(int steps) {
      for (int i = 0; i < steps; i++) {
        step();
        compare();
      }
    }

    private void compare() {
      List<String> wire = wire(plain);
      assertThat(wire(cut)).as("at %d ms", plain.nowMillis()).isEqualTo(wire);
      assertThat(cut.engine().nextDeadline()).isEqualTo(plain.engine().nextDeadline());
    }

    private void step() {
      switch (random.nextInt(6)) {
        case 0, 1 -> write(random.nextBoolean() ? 1 + random.nextInt(50) : 1 + random.nextInt(20_000));
        case 2 -> time(plain.nowMillis() + random.nextInt(400));
        case 3 -> {
          if (random.nextInt(10) == 0) {
            shut = true;
            plain.shutdownOutput();
            cut.shutdownOutput();
          }
        }
        default -> acknowledge();
      }
    }

    private void write(int bytes) {
      if (!shut && queued + bytes < 30_000) {
        queued += bytes;
        plain.write(bytes);
        cut.write(bytes);
      }
    }

    private void time(long millis) {
      while (plain.engine().nextDeadline() != TcpEngine.NO_DEADLINE && plain.deadlineMillis() <= millis) {
        plain.jump();
        cut.jump();
        compare();
      }
      if (millis > plain.nowMillis()) {
        plain.at(millis);
        cut.at(millis);
      }
    }

    private void acknowledge() {
      int ack = acked + (sent > acked ? random.nextInt(sent - acked + 1) : 0);
      queued -= ack - acked;
      acked = ack;
      String text = ". 1(0) ack " + ack + " win " + (random.nextInt(4) == 0 ? random.nextInt(9000) : 65_535)
          + options(ack);
      plain.inject(text);
      cut.inject(text);
    }

    private String options(int ack) {
      List<String> options = new ArrayList<>();
      if (timestamps) {
        options.add("ts " + (2 + plain.nowMillis()) + " " + Timeline.TS0);
      }
      if (sack && sent - ack > 2 && random.nextInt(3) == 0) {
        int left = ack + 1 + random.nextInt(sent - ack - 1);
        options.add("sack " + left + ":" + (left + 1 + random.nextInt(sent - left)));
      }
      return options.isEmpty() ? "" : " <" + String.join(", ", options) + ">";
    }

    private List<String> wire(Timeline t) {
      List<String> seen = new ArrayList<>();
      for (TcpSegment whole = t.poll(); whole != null; whole = t.poll()) {
        for (TcpSegment piece : WireCut.pieces(whole)) {
          seen.add(SegmentText.describe(piece, t.iss, t.irs) + " " + piece.payload().hashCode());
          sent = Math.max(sent, piece.end() - t.iss);
          piece.release();
        }
      }
      return seen;
    }
  }
}
