package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** User-defined effects: everything that they can do to frames, and the sums of the counters that still hold. */
@Timeout(60)
class EffectTest {

  private final Lab lab = Lab.virtual(1);
  private final Wire wire = lab.newWire("w", w -> w.delay(Duration.ofMillis(10)));
  private final Station a = new Station(lab, wire.left());
  private final Station b = new Station(lab, wire.right());

  @AfterEach
  void close() {
    lab.advance(Duration.ofSeconds(10));
    assertExact(wire.countersToRight());
    assertExact(wire.countersToLeft());
    lab.close();
    assertThat(wire.framesInside()).isZero();
  }

  private static void assertExact(WireCounters c) {
    long made = c.made().values().stream().mapToLong(Long::longValue).sum();
    assertThat(c.sent() + made).as("%s", c).isEqualTo(c.delivered() + c.dropped() + c.inFlight());
  }

  private static int number(Frame frame) {
    return frame.payload().getInt(frame.payload().readerIndex() + 14);
  }

  private static Frame renumbered(Frame frame, int number) {
    ByteBuf copy = frame.payload().copy();
    return new Frame(copy.setInt(copy.readerIndex() + 14, number), frame.facts());
  }

  private void sendBothWays(int... numbers) {
    for (int number : numbers) {
      a.send(b.macAddress(), number);
      b.send(a.macAddress(), number);
    }
    lab.advance(Duration.ofMillis(100));
  }

  @Test
  void anEffectLastsUntilItsScopeIsClosedAndMayBeOneWay() {
    try (Scope both = wire.with((frame, now) -> number(frame) == 1 ? Verdict.drop("ONES") : Verdict.pass())) {
      sendBothWays(1, 2);
      assertThat(both).isNotNull();
    }
    Scope oneWay = wire.withToLeft((frame, now) -> Verdict.drop("LEFT"));
    sendBothWays(1, 3);
    oneWay.close();
    oneWay.close();
    sendBothWays(4);
    assertThat(b.numbers()).containsExactly(2, 1, 3, 4);
    assertThat(a.numbers()).containsExactly(2, 4);
    assertThat(wire.countersToRight().drops()).containsExactly(Map.entry("ONES", 1L));
    assertThat(wire.countersToLeft().drops()).containsOnlyKeys("LEFT", "ONES").containsEntry("LEFT", 2L);
  }

  @Test
  void effectsSeeFramesInOrderOfAdditionAndAfterEarlierDelays() {
    List<String> seen = new ArrayList<>();
    wire.withToRight((frame, now) -> {
      seen.add("first " + number(frame) + " at " + now.toMillis());
      return number(frame) == 1 ? Verdict.delay(Duration.ofMillis(5)) : Verdict.pass();
    });
    wire.withToRight((frame, now) -> {
      seen.add("second " + number(frame) + " at " + now.toMillis());
      return Verdict.pass();
    });
    a.send(b.macAddress(), 1);
    a.send(b.macAddress(), 2);
    lab.advance(Duration.ofMillis(100));
    assertThat(seen).containsExactly("first 1 at 0", "first 2 at 0", "second 2 at 0", "second 1 at 5");
    assertThat(b.arrivals()).containsExactly(new Station.Arrival(10, 2, 60), new Station.Arrival(15, 1, 60));
    assertThat(wire.countersToRight().changed()).containsEntry("EFFECT", 1L);
  }

  @Test
  void frameCanBeReplacedByAnyNumberOfFrames() {
    wire.withToRight(((Effect) (frame, now) -> switch (number(frame)) {
      case 1 -> Verdict.replace(renumbered(frame, 11), renumbered(frame, 12));
      case 2 -> Verdict.replace(renumbered(frame, 21), frame);
      case 3 -> Verdict.replace();
      default -> Verdict.pass();
    }).named("MIRROR"));
    sendBothWays(1, 2, 3, 4);
    assertThat(b.numbers()).containsExactly(11, 12, 21, 2, 4);
    assertThat(wire.countersToRight().made()).containsExactly(Map.entry("MIRROR", 3L));
    assertThat(wire.countersToRight().drops()).containsExactly(Map.entry("MIRROR", 2L));
  }

  @Test
  void answersEnterTheOppositeDirectionAndSkipTheirOwnEffect() {
    List<Integer> other = new ArrayList<>();
    wire.with((frame, now) -> number(frame) < 10
        ? Verdict.drop("ANSWERED").answering(renumbered(frame, number(frame) + 10))
        : Verdict.drop("SEEN"));
    wire.withToLeft((frame, now) -> {
      other.add(number(frame));
      return Verdict.pass();
    });
    a.send(b.macAddress(), 1);
    lab.advance(Duration.ofMillis(100));
    assertThat(a.arrivals()).as("with the other direction's delay").containsExactly(new Station.Arrival(10, 11, 60));
    assertThat(b.numbers()).isEmpty();
    assertThat(other).as("another effect sees it").containsExactly(11);
    assertThat(wire.countersToLeft()).satisfies(c -> assertThat(c.sent()).isZero())
        .extracting(WireCounters::made).isEqualTo(Map.of("EFFECT", 1L));
  }

  /** Holds all frames; the test releases or drops them. */
  private static final class Holder implements Effect {

    private final List<Frame> held = new ArrayList<>();
    private Passage passage;

    @Override
    public Verdict judge(Frame frame, Duration now) {
      throw new AssertionError("the method with a passage must be called");
    }

    @Override
    public Verdict judge(Frame frame, Duration now, Passage place) {
      passage = place;
      held.add(frame);
      return Verdict.hold();
    }

    @Override
    public String name() {
      return "HOLDER";
    }
  }

  @Test
  void heldFramesContinueWhenForwardedOrWhenTheEffectEnds() {
    Holder holder = new Holder();
    Scope scope = wire.withToRight(holder);
    for (int i = 1; i <= 4; i++) {
      a.send(b.macAddress(), i);
    }
    lab.advance(Duration.ofMillis(20));
    assertThat(wire.countersToRight().inFlight()).isEqualTo(4);
    assertThat(lab.framesInside()).isEqualTo(4);
    lab.run(() -> {
      assertThat(holder.passage.isToRight()).isTrue();
      assertThat(holder.passage.forward(holder.held.get(2))).isTrue();
      assertThat(holder.passage.forward(holder.held.get(2))).as("it was forwarded already").isFalse();
      assertThat(holder.passage.drop(holder.held.get(0), "UNLOVED")).isTrue();
      assertThat(holder.passage.holds(holder.held.get(0))).isFalse();
      assertThat(holder.passage.holds(holder.held.get(1))).isTrue();
    });
    lab.advance(Duration.ofMillis(20));
    assertThat(b.arrivals()).containsExactly(new Station.Arrival(30, 3, 60));
    scope.close();
    lab.advance(Duration.ofMillis(20));
    assertThat(b.arrivals()).contains(new Station.Arrival(50, 2, 60), new Station.Arrival(50, 4, 60)).hasSize(3);
    assertThat(wire.countersToRight().drops()).containsExactly(Map.entry("UNLOVED", 1L));
  }

  @Test
  void cutDropsHeldAndDelayedFrames() {
    Holder holder = new Holder();
    wire.withToRight((frame, now) -> number(frame) == 1 ? Verdict.delay(Duration.ofSeconds(1)) : Verdict.pass());
    wire.withToRight(holder);
    sendBothWays(1, 2);
    assertThat(wire.countersToRight().inFlight()).isEqualTo(2);
    wire.cut();
    assertThat(wire.countersToRight()).satisfies(c -> assertThat(c.inFlight()).isZero()).extracting(WireCounters::cut)
        .isEqualTo(2L);
    lab.run(() -> assertThat(holder.passage.forward(holder.held.getFirst())).isFalse());
    wire.mend();
    lab.advance(Duration.ofSeconds(2));
    assertThat(b.numbers()).isEmpty();
  }

  @Test
  void timersEndWithTheirEffect() {
    List<Long> ticks = new ArrayList<>();
    Holder holder = new Holder();
    Scope scope = wire.withToRight(holder);
    a.send(b.macAddress(), 1);
    lab.advance(Duration.ofMillis(1));
    lab.run(() -> {
      holder.passage.later(Duration.ofMillis(5), () -> ticks.add(holder.passage.now().toMillis()));
      holder.passage.later(Duration.ofMillis(50), () -> ticks.add(holder.passage.now().toMillis()));
    });
    lab.advance(Duration.ofMillis(20));
    scope.close();
    lab.run(() -> holder.passage.later(Duration.ofMillis(1), () -> ticks.add(-1L)));
    lab.advance(Duration.ofMillis(100));
    assertThat(ticks).containsExactly(6L);
    assertThat(lab.call(() -> holder.passage.random().nextLong()))
        .isEqualTo(new Seeds(1).random("w>/HOLDER").nextLong());
  }

  @Test
  void failingEffectDropsAndCountsTheFrame() {
    wire.withToRight(((Effect) (frame, now) -> {
      throw new IllegalStateException("effect of a test");
    }).named("BROKEN"));
    sendBothWays(1);
    assertThat(b.numbers()).isEmpty();
    assertThat(a.numbers()).containsExactly(1);
    assertThat(wire.countersToRight().drops()).containsExactly(Map.entry("BROKEN_FAILED", 1L));
  }

  @Test
  void anEffectMayRemoveItself() {
    Scope[] scope = new Scope[1];
    scope[0] = wire.withToRight((frame, now) -> {
      scope[0].close();
      return Verdict.drop("FIRST");
    });
    sendBothWays(1, 2);
    assertThat(b.numbers()).containsExactly(2);
  }

  @Test
  void countersAddUpWhateverEffectsDo() {
    SplittableRandom random = new SplittableRandom(4);
    wire.impair("delay 3ms 2ms loss 5% duplicate 10% corrupt 5% rate 3mbit limit 40");
    Effect any = (frame, now) -> switch (random.nextInt(7)) {
      case 0 -> Verdict.drop("ANY");
      case 1 -> Verdict.delay(Duration.ofNanos(random.nextInt(5_000_000)));
      case 2 -> Verdict.replace(renumbered(frame, 1), frame);
      case 3 -> Verdict.replace(renumbered(frame, 2));
      case 4 -> Verdict.pass().answering(renumbered(frame, 3));
      default -> Verdict.pass();
    };
    wire.with(any.named("A"));
    wire.with(Effects.slowReceiver(900, 5));
    wire.with(any.named("B"));
    for (int i = 0; i < 500; i++) {
      a.send(b.macAddress(), i, 100 + i);
      b.send(a.macAddress(), i, 100);
      lab.advance(Duration.ofNanos(random.nextInt(2_000_000)));
      if (i % 50 == 0) {
        assertExact(wire.countersToRight());
        assertExact(wire.countersToLeft());
      }
    }
    lab.advance(Duration.ofSeconds(5));
    assertThat(wire.countersToRight().inFlight()).isZero();
    assertThat(wire.countersToRight().drops()).containsKeys("ANY", "A", "B", "LOST", "SLOW_RECEIVER_FULL");
    assertThat(wire.countersToRight().made()).containsOnlyKeys("A", "B", "DUPLICATED");
  }

  @Test
  void countersArePrintedAsATable() {
    wire.withToRight(Effects.dropNth(2));
    sendBothWays(1, 2, 3);
    assertThat(wire.countersToRight().table()).isEqualTo("""
                 3  sent
                 2  delivered
                 1  dropped: DROPPED
        """);
    assertThat(wire.countersToRight())
        .hasToString("sent 3 made {} changed {} delivered 2 drops {DROPPED=1} in flight 0")
        .isEqualTo(wire.countersToRight()).isNotEqualTo(wire.countersToLeft());
  }

  @Test
  void argumentsAreChecked() {
    assertThatThrownBy(() -> wire.with(null)).isInstanceOf(NullPointerException.class).hasMessageContaining("effect");
    assertThatThrownBy(() -> Effects.drop().named(" ")).isInstanceOf(IllegalArgumentException.class);
  }
}
