package io.reactorstack.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Pdu;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class StagesTest {

  private final Drops drops = new Drops();

  private record Unit(int number, ByteBuf payload) implements Pdu {

    static Unit of(int number) {
      return new Unit(number, Unpooled.buffer().writeInt(number));
    }
  }

  private enum Odd implements DropReason {
    ODD;

    @Override
    public String layer() {
      return "test";
    }

    @Override
    public Kind kind() {
      return Kind.NOTICE;
    }
  }

  private Unit evenOnly(Unit unit) {
    if (unit.number % 2 != 0) {
      drops.drop(unit, Odd.ODD);
      return null;
    }
    return unit;
  }

  @Test
  void aDroppedUnitIsReplacedByOneMoreRequest() {
    List<Unit> all = Flux.range(0, 10).map(Unit::of).collectList().block();
    StepVerifier.create(Stage.of(Flux.fromIterable(all), this::evenOnly, drops), 2)
        .expectNextMatches(unit -> unit.number == 0)
        .expectNextMatches(unit -> unit.number == 2)
        .thenRequest(1)
        .expectNextMatches(unit -> unit.number == 4)
        .thenRequest(10)
        .expectNextCount(2)
        .verifyComplete();
    assertThat(drops.get(Odd.ODD)).isEqualTo(5);
    assertThat(drops.snapshot()).containsEntry("test.ODD", 5L);
    assertThat(all).allMatch(unit -> unit.payload.refCnt() == (unit.number % 2 == 0 ? 1 : 0));
  }

  @Test
  void throwingStepLosesOnlyItsUnit() {
    List<Unit> all = Flux.range(0, 4).map(Unit::of).collectList().block();
    Flux<Unit> stage = Stage.of(Flux.fromIterable(all), unit -> {
      if (unit.number == 1) {
        throw new IllegalArgumentException("a defect made for this test");
      }
      if (unit.number == 2) {
        throw new AssertionError("a defect made for this test");
      }
      return unit;
    }, drops);
    StepVerifier.create(stage).expectNextCount(2).verifyComplete();
    assertThat(drops.get(StageDrop.STAGE_FAULT)).isEqualTo(2);
    assertThat(all.get(1).payload.refCnt()).isZero();
    assertThat(all.get(2).payload.refCnt()).isZero();
  }

  @Test
  void demuxRoutesByKeyAndDropsUnitsWithoutBranch() {
    Demux<Integer, Unit> demux = new Demux<>(unit -> unit.number % 3, drops);
    TestPublisher<Unit> source = TestPublisher.create();
    List<Integer> zeros = new ArrayList<>();
    Disposable branch = demux.branch(0).subscribe(unit -> {
      zeros.add(unit.number);
      unit.release();
    });
    demux.connect(source.flux());
    Unit orphan = Unit.of(4);
    source.next(Unit.of(3)).next(orphan).next(Unit.of(6));
    assertThat(zeros).containsExactly(3, 6);
    assertThat(drops.get(StageDrop.NOBODY_HOME)).isEqualTo(1);
    assertThat(orphan.payload.refCnt()).isZero();

    branch.dispose();
    assertThat(demux.has(0)).isFalse();
    Unit late = Unit.of(9);
    source.next(late);
    assertThat(late.payload.refCnt()).isZero();
    assertThat(demux.size()).isZero();
  }

  @Test
  void branchHasOneSubscriberAndCompletesWithTheSource() {
    Demux<Integer, Unit> demux = new Demux<>(Unit::number, drops);
    TestPublisher<Unit> source = TestPublisher.create();
    demux.connect(source.flux());
    StepVerifier.create(demux.branch(1)).then(() -> {
      assertThatIllegalStateException().isThrownBy(() -> demux.branch(1).blockFirst());
      source.complete();
    }).verifyComplete();
  }

  @Test
  void branchCancelledInsideOnNextIsRemoved() {
    Demux<Integer, Unit> demux = new Demux<>(Unit::number, drops);
    StepVerifier.create(demux.branch(1).take(1)).then(() -> {
      demux.route(Unit.of(1));
    }).expectNextCount(1).verifyComplete();
    assertThat(demux.has(1)).isFalse();
  }

  @Test
  void throwingBranchDoesNotStopTheSource() {
    Demux<Integer, Unit> demux = new Demux<>(Unit::number, drops);
    TestPublisher<Unit> source = TestPublisher.create();
    List<Integer> others = new ArrayList<>();
    demux.branch(1).subscribe(unit -> {
      unit.release();
      throw new IllegalStateException("a defect made for this test");
    });
    demux.branch(2).subscribe(unit -> {
      others.add(unit.number);
      unit.release();
    });
    demux.connect(source.flux());
    source.next(Unit.of(1)).next(Unit.of(2));
    assertThat(others).containsExactly(2);
  }

  @Test
  void throwingNobodyHomeHandlerIsCountedAndTheSourceContinues() {
    Demux<Integer, Unit> demux = new Demux<>(Unit::number, unit -> {
      unit.release();
      if (unit.number == 2) {
        throw new AssertionError("a defect made for this test");
      }
      throw new IllegalStateException("a defect made for this test");
    }, drops);
    TestPublisher<Unit> source = TestPublisher.create();
    demux.connect(source.flux());
    source.next(Unit.of(1)).next(Unit.of(2));
    assertThat(drops.get(StageDrop.STAGE_FAULT)).isEqualTo(2);
  }

  @Test
  void sourceFailureReachesTheHandlerBeforeTheBranches() {
    List<String> log = new ArrayList<>();
    Demux<Integer, Unit> demux = new Demux<>(Unit::number, drops);
    TestPublisher<Unit> source = TestPublisher.create();
    demux.branch(1).subscribe(Unit::release, cause -> log.add("branch " + cause.getMessage()));
    Disposable connection = demux.connect(source.flux(), cause -> {
      log.add("owner " + cause.getMessage());
      throw new IllegalStateException("a defect made for this test");
    });
    source.next(Unit.of(1)).error(new IllegalStateException("gone"));
    assertThat(log).containsExactly("owner gone", "branch gone");
    assertThat(connection.isDisposed()).isTrue();
  }

  @Test
  void disposingOneSourceCancelsItAndKeepsTheOthers() {
    Demux<Integer, Unit> demux = new Demux<>(Unit::number, drops);
    TestPublisher<Unit> first = TestPublisher.create();
    TestPublisher<Unit> second = TestPublisher.create();
    List<Integer> seen = new ArrayList<>();
    List<String> ends = new ArrayList<>();
    demux.branch(1).subscribe(unit -> {
      seen.add(unit.number);
      unit.release();
    }, cause -> {}, () -> ends.add("end"));
    Disposable connection = demux.connect(first.flux());
    demux.connect(second.flux());
    connection.dispose();
    connection.dispose();
    first.assertCancelled();
    second.next(Unit.of(1));
    assertThat(seen).containsExactly(1);
    assertThat(ends).isEmpty();
    second.complete();
    assertThat(ends).containsExactly("end");
  }
}
