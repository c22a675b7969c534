package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Capture;
import io.reactorstack.device.Frame;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** Decisions of a run: recorded, printed, parsed, and replayed without chance. */
@Timeout(120)
class DecisionsTest {

  private static final String BAD = "delay 10ms 4ms 20% distribution normal loss gemodel 2% 20% corrupt 1%"
      + " duplicate 2% reorder 5% gap 3 rate 20mbit";

  /** The outcome of a world. */
  private record Run(byte[] capture, Decisions decisions, WireCounters out) {}

  /** Transfers 200 kB and their echo over a wire with the impairment {@code netem}. */
  private static Run transfer(LabBuilder world, String netem, Effect... effects) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Capture capture = Capture.inVirtualTime(bytes); Lab lab = world.virtualTime()) {
      Wire wire = lab.newWire("w");
      wire.impair(netem);
      for (Effect effect : effects) {
        wire.with(effect);
      }
      Host client = lab.host("client").address("10.0.0.1/24").connectTo(wire.left());
      Host server = lab.host("server").address("10.0.0.2/24").connectTo(wire.right());
      client.capture(capture);
      server.capture(capture);
      lab.run(() -> server.stack().tcp().listen(7)
          .flatMap(connection -> connection.send(connection.receive()).then(connection.close()).onErrorComplete())
          .subscribe());
      lab.await(client.stack().tcp().connect("10.0.0.2", 7).flatMap(connection -> connection
          .send(Mono.just(Unpooled.buffer().writeZero(200_000))).then(connection.shutdownOutput())
          .then(connection.receive().doOnNext(ByteBuf::release).then())).onErrorComplete());
      lab.advance(Duration.ofSeconds(5));
      return new Run(bytes.toByteArray(), lab.decisions(), wire.countersToRight());
    }
  }

  private static LabBuilder seed(long seed) {
    return Lab.builder().seed(seed).recordDecisions();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void replayOfTheDecisionsReproducesTheRun(long seed) {
    Run run = transfer(seed(seed), BAD);
    assertThat(run.decisions.list()).as("seed %s", seed).extracting(each -> (Object) each.what().getClass())
        .contains(Decision.Lost.class, Decision.Late.class, Decision.Doubled.class, Decision.Flipped.class);
    Run replayed = transfer(seed(seed).replay(run.decisions), BAD);
    assertThat(replayed.capture).as("seed %s", seed).isEqualTo(run.capture);
    assertThat(replayed.decisions).isEqualTo(run.decisions);
    assertThat(replayed.out.drops()).isEqualTo(run.out.drops());
    Run read = transfer(seed(seed).replay(Decisions.parse(run.decisions.toString())), BAD);
    assertThat(read.capture).isEqualTo(run.capture);
  }

  @Test
  void effectsAreReplayedWithoutBeingCalled() {
    Effect[] effects = {Effects.mtu(1000, "10.0.0.254"), Effects.dropNth(3, Frames.data()),
        Effects.only(Frames.pureAck(), Effects.delay(Duration.ofMillis(3))), Effects.codel(3_000_000)};
    Run run = transfer(seed(5), "delay 10ms", effects);
    assertThat(run.decisions.list()).extracting(each -> (Object) each.what().getClass())
        .contains(Decision.Dropped.class, Decision.Answered.class, Decision.Held.class)
        .doesNotContain(Decision.Lost.class);
    Effect never = (frame, now) -> {
      throw new AssertionError("the effect was called");
    };
    Run replayed = transfer(seed(5).replay(run.decisions), "delay 10ms", never);
    assertThat(replayed.decisions).isEqualTo(run.decisions);
    assertThat(replayed.capture).isEqualTo(run.capture);
  }

  @Test
  void replayOfNoDecisionsChangesNoFrame() {
    Run run = transfer(seed(1).replay(Decisions.NONE), BAD, Effects.dropNth(1));
    assertThat(run.decisions).isEqualTo(Decisions.NONE);
    assertThat(run.out.dropped()).isZero();
    assertThat(run.out.made()).isEmpty();
    assertThat(run.out.changed()).isEmpty();
  }

  @Test
  void eachDecisionAppliesToOneFrame() {
    Decisions one = Decisions.parse("w> 3 lost\n\nw< 2 late by 7000000ns");
    try (Lab lab = seed(9).replay(one).virtualTime()) {
      Wire wire = lab.newWire("w", w -> w.delay(Duration.ofMillis(10)).loss(0.9).jitter(Duration.ofSeconds(1)));
      Station a = new Station(lab, wire.left());
      Station b = new Station(lab, wire.right());
      for (int i = 1; i <= 4; i++) {
        a.send(b.macAddress(), i);
        b.send(a.macAddress(), i);
      }
      lab.advance(Duration.ofSeconds(2));
      assertThat(b.numbers()).containsExactly(1, 2, 4);
      assertThat(a.arrivals()).containsExactly(new Station.Arrival(10, 1, 60), new Station.Arrival(10, 3, 60),
          new Station.Arrival(10, 4, 60), new Station.Arrival(17, 2, 60));
      assertThat(lab.decisions()).isEqualTo(one);
    }
  }

  @Test
  void replacedAndDoubledFramesAreReplayedInTheirOrder() {
    List<List<Integer>> arrived = new ArrayList<>();
    Decisions recorded = Decisions.NONE;
    for (boolean replay : new boolean[] {false, true}) {
      try (Lab lab = (replay ? seed(2).replay(recorded) : seed(2)).virtualTime()) {
        Wire wire = lab.newWire("w", w -> w.delay(Duration.ofMillis(1)).duplicate(0.3).loss(0.2));
        Station a = new Station(lab, wire.left());
        Station b = new Station(lab, wire.right());
        wire.withToRight(Effects.nth(2, Frames.any(), (frame, now) -> Verdict.replace(
            new Frame(frame.payload().copy(), frame.facts()), frame,
            new Frame(frame.payload().copy(), frame.facts()))));
        wire.withToRight(Effects.dropNth(4));
        for (int i = 1; i <= 20; i++) {
          a.send(b.macAddress(), i);
        }
        lab.advance(Duration.ofSeconds(1));
        arrived.add(b.numbers());
        recorded = replay ? recorded : lab.decisions();
        assertThat(lab.decisions()).isEqualTo(recorded);
      }
    }
    assertThat(recorded.toString()).contains("w> 2 replaced with 0", " itself ", " by EFFECT", "dropped by DROPPED");
    assertThat(arrived.get(1)).isEqualTo(arrived.get(0));
  }

  @Test
  void decisionsArePrintedAndParsed() {
    String text = """
        client-lan< 21 held for 3000000ns by CODEL
        client-lan< 22 replaced with 0a0b itself by MIRROR
        client-lan< 23 replaced with nothing by MIRROR
        client-lan< 24 answered with ff by RESET
        client-lan> 17 lost
        client-lan> 18 late by -1500ns
        client-lan> 19 doubled
        client-lan> 19' flipped at bit 371
        my own wire< 20 dropped by NAT that forgets""";
    Decisions read = Decisions.parse(text);
    assertThat(read).hasToString(text).isEqualTo(Decisions.parse(text)).isNotEqualTo(Decisions.NONE);
    assertThat(read.size()).isEqualTo(9);
    assertThat(read.list()).contains(
        new Decision("client-lan>", 18, false, new Decision.Late(Duration.ofNanos(-1500))),
        new Decision("client-lan>", 19, true, new Decision.Flipped(371)),
        new Decision("my own wire<", 20, false, new Decision.Dropped("NAT that forgets")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"lost", "w> lost", "w> 0 lost", "w> 1 gone", "w> 1 late by 3ms", "w> 1 flipped at bit x",
      "w> 1 late by 99999999999999999999ns", "w 1 lost", "w> 1 dropped by "})
  void malformedDecisionIsRejectedWithItsLine(String line) {
    assertThatThrownBy(() -> Decisions.parse("w> 9 lost\n" + line)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a decision: '" + line + "'");
  }

  @Test
  void nothingIsRecordedByDefault() {
    assertThat(transfer(Lab.builder().seed(1), BAD).decisions).isEqualTo(Decisions.NONE);
  }
}
