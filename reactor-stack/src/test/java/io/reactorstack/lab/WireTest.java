package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@Timeout(60)
class WireTest {

  @Test
  void delayIsExactAndEachDirectionHasItsOwn() {
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w", there -> there.delay(Duration.ofMillis(20)),
          back -> back.delay(Duration.ofMillis(300)));
      Station a = new Station(lab, wire.left());
      Station b = new Station(lab, wire.right());
      a.send(b.macAddress(), 1);
      b.send(a.macAddress(), 2);
      lab.advance(Duration.ofSeconds(1));
      assertThat(b.arrivals()).containsExactly(new Station.Arrival(20, 1, 60));
      assertThat(a.arrivals()).containsExactly(new Station.Arrival(300, 2, 60));
    }
  }

  @Test
  void theBottleneckServesAtItsRateAndDropsTheTail() {
    try (Lab lab = Lab.virtual(1)) {
      // 1000 bytes take 8 ms at 1 Mbit/s.
      Wire wire = lab.newWire("w", w -> w.rate(1_000_000).queue(10_000).delay(Duration.ofMillis(5)));
      Station a = new Station(lab, wire.left());
      Station b = new Station(lab, wire.right());
      for (int i = 0; i < 25; i++) {
        a.send(b.macAddress(), i, 1000);
      }
      lab.advance(Duration.ofSeconds(1));
      assertThat(b.numbers()).containsExactlyElementsOf(IntStream.range(0, 10).boxed().toList());
      assertThat(b.arrivals()).extracting(Station.Arrival::millis)
          .containsExactly(13L, 21L, 29L, 37L, 45L, 53L, 61L, 69L, 77L, 85L);
      WireCounters counters = wire.countersToRight();
      assertThat(counters.queueFull()).isEqualTo(15);
      assertThat(counters.delivered()).isEqualTo(10);
      a.send(b.macAddress(), 99, 1000);
      lab.advance(Duration.ofSeconds(1));
      assertThat(b.numbers()).as("the queue is empty again").last().isEqualTo(99);
    }
  }

  @Test
  void limitCountsDelayedFramesToo() {
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w", w -> w.delay(Duration.ofMillis(10)).limit(3));
      Station a = new Station(lab, wire.left());
      Station b = new Station(lab, wire.right());
      for (int i = 0; i < 5; i++) {
        a.send(b.macAddress(), i);
      }
      lab.advance(Duration.ofMillis(11));
      a.send(b.macAddress(), 9);
      lab.advance(Duration.ofMillis(11));
      assertThat(b.numbers()).containsExactly(0, 1, 2, 9);
      assertThat(wire.countersToRight().dropped("LIMIT")).isEqualTo(2);
    }
  }

  @Test
  void rateIncludesOverheadAndCells() {
    // 1000 + 20 bytes fill 22 cells of 48 + 5 bytes: 1166 bytes, which take 9.328 ms.
    assertThat(Impairment.of("rate 1mbit 20 48 5").bottleneck().serviceNanos(1000)).isEqualTo(9_328_000);
    assertThat(Impairment.of("rate 1mbit -14").bottleneck().serviceNanos(1014)).isEqualTo(8_000_000);
    assertThat(Impairment.of("rate 1mbit -14").bottleneck().serviceNanos(5)).isZero();
    assertThat(Impairment.of("rate 1bit 65535 1 65535").bottleneck().serviceNanos(65_535)).isPositive();
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w", w -> w.rate("1mbit 20 48 5"));
      Station a = new Station(lab, wire.left());
      Station b = new Station(lab, wire.right());
      a.send(b.macAddress(), 1, 1000);
      a.send(b.macAddress(), 2, 1000);
      lab.advance(Duration.ofSeconds(1));
      assertThat(b.arrivals()).extracting(Station.Arrival::millis).containsExactly(9L, 18L);
    }
  }

  @Test
  void wireHasNoBacklogAfterACut() {
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w", w -> w.rate(1_000_000).queue(100_000));
      Station a = new Station(lab, wire.left());
      Station b = new Station(lab, wire.right());
      for (int i = 0; i < 100; i++) {
        a.send(b.macAddress(), i, 1000);
      }
      lab.advance(Duration.ofMillis(1));
      wire.cut();
      wire.mend();
      a.send(b.macAddress(), 777, 1000);
      lab.advance(Duration.ofMillis(20));
      assertThat(b.arrivals()).containsExactly(new Station.Arrival(9, 777, 1000));
    }
  }

  @Test
  void damagedFrameMustBeChecksummedAgain() {
    Frame frame = new Frame(Unpooled.buffer().writeZero(60),
        new PacketFacts(5, PacketFacts.ChecksumState.VERIFIED, 0));
    Frame flipped = Direction.flipped(frame, 8 * 59 + 7);
    assertThat(flipped.facts()).isEqualTo(new PacketFacts(5, PacketFacts.ChecksumState.IN_PACKET, 0));
    assertThat(flipped.payload().getByte(59)).isEqualTo((byte) 0x80);
    assertThat(frame.payload().refCnt()).isZero();
    flipped.release();
  }

  @Test
  void labListsItsWiresAndAWireItsCounters() {
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w", w -> w.delay("10ms"), w -> w);
      Wire other = lab.newWire("other");
      Station a = new Station(lab, wire.left());
      a.send(a.macAddress(), 1);
      lab.advance(Duration.ofMillis(5));
      assertThat(lab.wires()).containsExactly(wire, other);
      assertThat(wire.table()).isEqualTo("""
          w> delay 10ms
                   1  sent
                   0  delivered
                   1  in flight
          w< none
                   0  sent
                   0  delivered
          """);
    }
  }

  @Test
  void anIdleBottleneckServesAFrameLongerThanItsQueue() {
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w", w -> w.rate(1_000_000).queue(100));
      Station a = new Station(lab, wire.left());
      Station b = new Station(lab, wire.right());
      a.send(b.macAddress(), 1, 1000);
      a.send(b.macAddress(), 2, 1000);
      lab.advance(Duration.ofSeconds(1));
      assertThat(b.numbers()).containsExactly(1);
    }
  }

  @Test
  void lossDependsOnTheSeed() {
    List<Integer> first = survivors(7, w -> w.loss(0.02));
    assertThat(survivors(7, w -> w.loss(0.02))).as("same seed").isEqualTo(first);
    assertThat(survivors(8, w -> w.loss(0.02))).as("other seed").isNotEqualTo(first);
    // 10,000 frames at 2 %: 200 lost, standard deviation 14.
    assertThat(10_000 - first.size()).isCloseTo(200, within(56));
    assertThat(survivors(7, w -> w.loss(0.02).jitter(Duration.ofMillis(30)).duplicate(0)))
        .as("another kind of chance does not change the losses").isEqualTo(first);
    assertThat(survivors(7, w -> w.loss(1))).isEmpty();
  }

  private static List<Integer> survivors(long seed, UnaryOperator<Impairment> impairment) {
    try (Lab lab = Lab.virtual(seed)) {
      Wire wire = lab.newWire("w", impairment);
      Station a = new Station(lab, wire.left());
      Station b = new Station(lab, wire.right());
      a.sendAll(Flux.range(0, 10_000).map(n -> Station.frame(a.macAddress(), b.macAddress(), n, 60)));
      lab.advance(Duration.ofSeconds(10));
      WireCounters counters = wire.countersToRight();
      assertThat(counters.lost()).isEqualTo(10_000 - b.arrivals().size());
      assertThat(counters.sent()).isEqualTo(10_000);
      return b.numbers();
    }
  }

  @Test
  void jitterKeepsTheOrderAndReorderingDoesNot() {
    try (Lab lab = Lab.virtual(3)) {
      Wire jittered = lab.newWire("jittered", w -> w.delay(Duration.ofMillis(10)).jitter(Duration.ofMillis(10)));
      Wire shuffled = lab.newWire("shuffled", w -> w.delay(Duration.ofMillis(10)).reorder(0.1, Duration.ofMillis(5)));
      Station a = new Station(lab, jittered.left());
      Station b = new Station(lab, jittered.right());
      Station c = new Station(lab, shuffled.left());
      Station d = new Station(lab, shuffled.right());
      for (int i = 0; i < 500; i++) {
        a.send(b.macAddress(), i);
        c.send(d.macAddress(), i);
        lab.advance(Duration.ofMillis(1));
      }
      lab.advance(Duration.ofSeconds(1));
      assertThat(b.numbers()).hasSize(500).isSorted();
      assertThat(IntStream.range(0, 500).mapToLong(i -> b.arrivals().get(i).millis() - i))
          .allMatch(delay -> delay >= 10 && delay <= 20).anyMatch(delay -> delay > 15).anyMatch(delay -> delay < 15);
      long held = d.arrivals().stream().filter(arrival -> arrival.millis() - arrival.number() == 15).count();
      assertThat(held).isEqualTo(shuffled.countersToRight().reordered()).isCloseTo(50, within(28L));
      assertThat(d.arrivals()).hasSize(500).filteredOn(arrival -> arrival.millis() - arrival.number() == 10)
          .hasSize(500 - (int) held);
      assertThat(d.numbers()).isNotEqualTo(d.numbers().stream().sorted().toList());
    }
  }

  @Test
  void duplicatesAndFlipsOneBitOfACopy() {
    try (Lab lab = Lab.virtual(5)) {
      Wire wire = lab.newWire("w", w -> w.duplicate(1).corrupt(1));
      Station a = new Station(lab, wire.left());
      Station b = new Station(lab, wire.right());
      Frame frame = Station.frame(a.macAddress(), b.macAddress(), 1, 60);
      String clean = io.netty.buffer.ByteBufUtil.hexDump(frame.payload());
      a.sendAll(Flux.just(frame));
      lab.advance(Duration.ofSeconds(1));
      assertThat(b.capture()).hasSize(2).allSatisfy(line -> {
        java.math.BigInteger difference = new java.math.BigInteger(line.substring(line.indexOf(' ') + 1), 16)
            .xor(new java.math.BigInteger(clean, 16));
        assertThat(difference.bitCount()).isEqualTo(1);
      });
      assertThat(wire.countersToRight()).extracting(WireCounters::duplicated, WireCounters::corrupted)
          .containsExactly(1L, 2L);
    }
  }

  @Test
  void cutDropsFramesInTransitUntilTheWireIsMended() {
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w", w -> w.delay(Duration.ofMillis(10)));
      Station a = new Station(lab, wire.left());
      Station b = new Station(lab, wire.right());
      a.send(b.macAddress(), 1);
      lab.advance(Duration.ofMillis(5));
      assertThat(lab.framesInside()).isEqualTo(1);
      wire.cut();
      assertThat(lab.framesInside()).isZero();
      a.send(b.macAddress(), 2);
      lab.advance(Duration.ofMillis(50));
      wire.mend();
      a.send(b.macAddress(), 3);
      lab.advance(Duration.ofMillis(50));
      assertThat(b.numbers()).containsExactly(3);
      assertThat(wire.countersToRight().cut()).isEqualTo(2);
    }
  }

  @Test
  void changeKeepsOtherImpairments() {
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w", w -> w.delay(Duration.ofMillis(10)).loss(1));
      Station a = new Station(lab, wire.left());
      Station b = new Station(lab, wire.right());
      a.send(b.macAddress(), 1);
      wire.impair(w -> w.loss(0));
      a.send(b.macAddress(), 2);
      lab.advance(Duration.ofMillis(50));
      assertThat(b.arrivals()).containsExactly(new Station.Arrival(10, 2, 60));
    }
  }

  @Test
  void anEndCanBeUnpluggedAndPluggedAgain() {
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w");
      Station a = new Station(lab, wire.left());
      a.send(wire.right().macAddress(), 1);
      lab.advance(Duration.ofMillis(1));
      assertThat(wire.countersToRight().unplugged()).isEqualTo(1);
      Station b = new Station(lab, wire.right());
      assertThatThrownBy(() -> new Station(lab, wire.right())).isInstanceOf(DeviceException.class)
          .hasMessageContaining("plugged in");
      b.device().dispose();
      lab.advance(Duration.ofMillis(1));
      Station c = new Station(lab, wire.right());
      a.send(c.macAddress(), 2);
      lab.advance(Duration.ofMillis(1));
      assertThat(b.arrivals()).isEmpty();
      assertThat(c.numbers()).containsExactly(2);
    }
  }

  @Test
  void anEndlessSenderTakesTimeAndBoundedMemory() {
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w", w -> w.rate(1_000_000_000).queue(100_000).delay(Duration.ofMillis(1)));
      Station b = new Station(lab, wire.right());
      AtomicLong made = new AtomicLong();
      lab.run(() -> wire.left().open(lab.loop()).send(Flux.generate(sink -> {
        made.incrementAndGet();
        sink.next(Station.frame(wire.left().macAddress(), b.macAddress(), 0, 1514));
      })).subscribe(v -> {}, e -> {}));
      lab.advance(Duration.ofMillis(100));
      // At 10 Gbit/s, 82,563 such frames fit into 100 ms, in bursts of one ring; the bottleneck passes a tenth.
      assertThat(made.get()).isCloseTo(82_563, within(512L));
      assertThat(wire.countersToRight().delivered()).isCloseTo(8_173, within(100L));
      assertThat(lab.framesInside()).isLessThan(160);
    }
  }

  @Test
  void receiverWithoutDemandHoldsOneRingAndDropsAreCounted() {
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w");
      Station a = new Station(lab, wire.left());
      lab.run(() -> wire.right().open(lab.loop()));
      a.sendAll(Flux.range(0, 1000).map(n -> Station.frame(a.macAddress(), a.macAddress(), n, 60)));
      lab.advance(Duration.ofSeconds(1));
      assertThat(lab.framesInside()).isEqualTo(PlugDevice.RING);
      assertThat(wire.countersToRight().receiverFull()).isEqualTo(1000 - PlugDevice.RING);
    }
  }

  @Test
  void countersAddUpUnderEveryImpairmentAtOnceAndNothingIsLeftAfterClose() {
    Lab lab = Lab.virtual(11);
    Wire wire = lab.newWire("w",
        w -> w.delay(Duration.ofMillis(40)).jitter(Duration.ofMillis(5)).rate(10_000_000).queue(20_000)
            .loss(0.1).reorder(0.1, Duration.ofMillis(9)).duplicate(0.1).corrupt(0.1));
    Station a = new Station(lab, wire.left());
    Station b = new Station(lab, wire.right());
    for (int round = 0; round < 100; round++) {
      a.sendAll(Flux.range(0, 20).map(n -> Station.frame(a.macAddress(), b.macAddress(), n, 800)));
      lab.advance(Duration.ofMillis(7));
    }
    WireCounters c = wire.countersToRight();
    assertThat(c.inFlight()).isPositive();
    assertThat(c.sent() + c.duplicated())
        .isEqualTo(
            c.delivered() + c.lost() + c.queueFull() + c.cut() + c.unplugged() + c.receiverFull() + c.inFlight());
    assertThat(List.of(c.delivered(), c.lost(), c.queueFull(), c.reordered(), c.corrupted(), c.duplicated()))
        .allMatch(n -> n > 0);
    lab.close();
    assertThat(wire.framesInside()).isZero();
  }

  @Test
  void theSameSeedGivesTheSameFramesAtTheSameTimes() {
    List<String> first = world(42);
    assertThat(first).hasSizeGreaterThan(1000);
    assertThat(world(42)).isEqualTo(first);
    assertThat(world(43)).isNotEqualTo(first);
  }

  /**
   * Runs two stations that send to each other through a switch, over unreliable wires, and returns the frames that
   * arrived.
   */
  private static List<String> world(long seed) {
    try (Lab lab = Lab.virtual(seed)) {
      Switch lan = lab.newSwitch("lan");
      Wire one = lab.newWire("one",
          w -> w.delay(Duration.ofMillis(3)).jitter(Duration.ofMillis(2)).loss(0.05).duplicate(0.05));
      Wire two = lab.newWire("two",
          w -> w.delay(Duration.ofMillis(7)).reorder(0.2, Duration.ofMillis(4)).corrupt(0.05).rate(5_000_000));
      lan.attach(one.right());
      lan.attach(two.right());
      Station a = new Station(lab, one.left());
      Station b = new Station(lab, two.left());
      for (int i = 0; i < 1000; i++) {
        a.send(b.macAddress(), i, 60 + i % 900);
        b.send(a.macAddress(), i, 60 + i * 7 % 900);
        lab.advance(Duration.ofMillis(1));
      }
      lab.advance(Duration.ofSeconds(5));
      return java.util.stream.Stream.concat(a.capture().stream(), b.capture().stream()).toList();
    }
  }

  @Test
  void impairmentsAreChecked() {
    assertThatThrownBy(() -> Impairment.none().loss(1.01)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Impairment.none().loss(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Impairment.none().delay(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Impairment.none().rate(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void frameCheckDropsEveryCorruptedFrameAtTheReceiver() {
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w", w -> w.corrupt(0.3).delay(Duration.ofMillis(1))).frameCheck(true);
      Station a = new Station(lab, wire.left());
      Station b = new Station(lab, wire.right());
      for (int i = 0; i < 200; i++) {
        a.send(b.macAddress(), i);
      }
      lab.advance(Duration.ofSeconds(1));
      WireCounters counters = wire.countersToRight();
      assertThat(counters.corrupted()).isBetween(30L, 90L);
      assertThat(counters.dropped("BAD_FRAME_CHECK")).isEqualTo(counters.corrupted());
      assertThat(counters.delivered()).isEqualTo(200 - counters.corrupted());
      assertThat(b.arrivals()).hasSize((int) counters.delivered()).allMatch(arrival -> arrival.length() == 60);

      wire.frameCheck(false);
      a.send(b.macAddress(), 1000);
      lab.advance(Duration.ofSeconds(1));
      assertThat(wire.countersToRight().delivered()).isEqualTo(201 - counters.corrupted());
    }
  }

  @Test
  @Requirement("RFC894-Body-02")
  void frameCheckPadsShortFramesWithZerosBehindTheData() {
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w").frameCheck(true);
      Station a = new Station(lab, wire.left());
      Station b = new Station(lab, wire.right());
      a.send(b.macAddress(), 7, 18);
      a.send(b.macAddress(), 8, 61);
      lab.advance(Duration.ofSeconds(1));
      assertThat(b.arrivals()).extracting(Station.Arrival::length).containsExactly(60, 61);
      assertThat(b.capture().getFirst()).endsWith("88b5" + "00000007" + "00".repeat(60 - 18));
    }
  }

  @Test
  void frameCheckTakesTimeOnABottleneckAndIsReplacedWithItsWire() {
    try (Lab lab = Lab.virtual(1)) {
      // 996 octets and 4 of the sequence take 8 ms at 1 Mbit/s.
      Wire wire = lab.newWire("w", w -> w.rate(1_000_000).delay(Duration.ofMillis(5))).frameCheck(true);
      Station a = new Station(lab, wire.left());
      Station b = new Station(lab, wire.right());
      a.send(b.macAddress(), 1, 996);
      a.send(b.macAddress(), 2, 996);
      // Frames in transit keep their sequence.
      lab.advance(Duration.ofMillis(1));
      wire.frameCheck(false);
      lab.advance(Duration.ofSeconds(1));
      assertThat(b.arrivals()).containsExactly(new Station.Arrival(13, 1, 996), new Station.Arrival(21, 2, 996));
    }
  }

  @Test
  void changesByEffectsAreCoveredByTheFrameCheck() {
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w").frameCheck(true);
      Station a = new Station(lab, wire.left());
      Station b = new Station(lab, wire.right());
      try (Scope _ = wire.with(Effects.flipBit(17, 0))) {
        a.send(b.macAddress(), 6);
        lab.advance(Duration.ofSeconds(1));
      }
      assertThat(b.numbers()).containsExactly(7);
    }
  }

  @Test
  void transferOverACorruptingLineDependsOnNoChecksumIfFramesAreChecked() {
    try (Lab lab = Lab.virtual(5)) {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").frameCheck().on(lan, "10.0.0.1/24", w -> w.corrupt(0.02)).start();
      Host server = lab.host("server").on(lan, "10.0.0.2/24").start();
      byte[] data = new byte[200_000];
      new Random(1).nextBytes(data);
      Mono<byte[]> received = server.stack().tcp().listen(80).next()
          .flatMap(connection -> connection.receive().reduce(Unpooled.buffer(), (all, part) -> {
            all.writeBytes(part);
            part.release();
            return all;
          })).map(ByteBufUtil::getBytes);
      Mono<Void> sent = client.stack().tcp().connect("10.0.0.2", 80)
          .flatMap(connection -> connection.send(Mono.just(Unpooled.wrappedBuffer(data)))
              .then(connection.shutdownOutput()));
      assertThat(lab.await(Mono.zip(received, sent.thenReturn(1))).getT1()).isEqualTo(data);
      Wire wire = lab.wires().getFirst();
      assertThat(wire.countersToRight().dropped("BAD_FRAME_CHECK")).isPositive();
      assertThat(server.stack().drops().total()).isZero();
      assertThat(client.stack().drops().total()).isZero();
    }
  }
}
