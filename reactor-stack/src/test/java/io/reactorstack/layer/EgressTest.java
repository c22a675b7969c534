package io.reactorstack.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.VirtualLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

class EgressTest {

  private final VirtualLoop loop = new VirtualLoop();
  private final LoopTurn turn = loop.newTurn();
  private final Egress<String> egress = new Egress<>(turn);
  private final List<String> sent = new ArrayList<>();
  private final BaseSubscriber<String> device = new BaseSubscriber<>() {
    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      // The test requests units itself.
    }

    @Override
    protected void hookOnNext(String unit) {
      sent.add(unit);
    }
  };

  @AfterEach
  void end() {
    loop.shutdownGracefully();
  }

  private Egress.Outlet<String> sender(String... units) {
    Deque<String> queue = new ArrayDeque<>(List.of(units));
    return egress.open(queue::pollFirst);
  }

  @Test
  void readyOutletsTakeTurns() {
    egress.flux().subscribe(device);
    sender("a1", "a2", "a3").ready();
    sender("b1").ready();
    sender("c1", "c2").ready();
    device.request(4);
    loop.settle();
    assertThat(sent).containsExactly("a1", "b1", "c1", "a2");
    device.request(10);
    loop.settle();
    assertThat(sent).containsExactly("a1", "b1", "c1", "a2", "c2", "a3");
    assertThat(egress.isBlocked()).isFalse();
  }

  @Test
  void eachUnitIsBuiltAtItsOwnTime() {
    long start = loop.now();
    Egress.Outlet<String> outlet = egress.open(() -> {
      String time = String.valueOf(turn.now() - start);
      loop.spend(Duration.ofNanos(5));
      return sent.size() == 2 ? null : time;
    });
    egress.flux().subscribe(device);
    device.request(10);
    outlet.ready();
    loop.settle();
    assertThat(sent).containsExactly("0", "5");
  }

  @Test
  void aSourceThatHasNothingMoreIsNotPolledUntilItIsReadyAgain() {
    List<String> polls = new ArrayList<>();
    Egress.Outlet<String> outlet = egress.open(new Egress.Source<>() {
      @Override
      public String poll() {
        polls.add("poll");
        return "unit " + polls.size();
      }

      @Override
      public boolean mayHaveMore() {
        return polls.size() < 2;
      }
    });
    egress.flux().subscribe(device);
    device.request(10);
    outlet.ready();
    loop.settle();
    assertThat(sent).containsExactly("unit 1", "unit 2");
    outlet.ready();
    loop.settle();
    assertThat(sent).endsWith("unit 3").hasSize(3);
    assertThat(polls).hasSize(3);
  }

  @Test
  void closedOutletsAreRemovedWithoutCredit() {
    egress.flux().subscribe(device);
    List<Egress.Outlet<String>> outlets = new ArrayList<>();
    for (String name : List.of("a", "b", "c", "d")) {
      Egress.Outlet<String> outlet = sender(name, name);
      outlets.add(outlet);
      outlet.ready();
    }
    loop.settle();
    outlets.get(3).close();
    outlets.get(1).close();
    outlets.get(1).close();
    outlets.get(1).ready();
    assertThat(egress.isBlocked()).isTrue();
    device.request(3);
    loop.settle();
    assertThat(sent).containsExactly("a", "c", "a");
    outlets.get(0).close();
    outlets.get(2).close();
    assertThat(egress.isBlocked()).as("closed outlets are removed").isFalse();
  }

  @Test
  void readyOutletFollowsItsWayEvenFromABlockedDevice() {
    Egress<String> other = new Egress<>(loop.newTurn());
    List<Egress<String>> ref = new ArrayList<>(List.of(egress));
    Deque<String> queue = new ArrayDeque<>(List.of("a1", "a2", "a3", "a4"));
    Egress.Outlet<String> outlet = Egress.open(ref::getFirst, queue::pollFirst);
    egress.flux().subscribe(device);
    List<String> sentByOther = new ArrayList<>();
    other.flux().subscribe(sentByOther::add);
    device.request(1);
    outlet.ready();
    loop.settle();
    assertThat(egress.isBlocked()).isTrue();

    ref.set(0, other);
    outlet.follow();
    loop.settle();
    assertThat(egress.isBlocked()).as("the outlet has left the old egress").isFalse();
    assertThat(sent).containsExactly("a1");
    assertThat(sentByOther).containsExactly("a2", "a3", "a4");

    outlet.follow();
    loop.settle();
    assertThat(other.isBlocked()).as("follow does not make an outlet ready").isFalse();
  }

  @Test
  void anOutletWhoseWayHasChangedIsNotPolledByTheOldEgress() {
    Egress<String> other = new Egress<>(loop.newTurn());
    List<Egress<String>> ref = new ArrayList<>(List.of(egress));
    Deque<String> queue = new ArrayDeque<>(List.of("a1", "a2"));
    Egress.Outlet<String> outlet = Egress.open(ref::getFirst, queue::pollFirst);
    egress.flux().subscribe(device);
    outlet.ready();
    ref.set(0, other);
    device.request(5);
    loop.settle();
    assertThat(sent).isEmpty();
    assertThat(other.isBlocked()).isTrue();
  }

  @Test
  void throwingSourceIsClosedAndOthersContinue() {
    egress.flux().subscribe(device);
    Egress.Outlet<String> broken = egress.open(() -> {
      throw new IllegalStateException("expected by this test");
    });
    broken.ready();
    sender("b1", "b2").ready();
    device.request(10);
    loop.settle();
    broken.ready();
    loop.settle();
    assertThat(sent).containsExactly("b1", "b2");
  }

  @Test
  void sourceThatAlwaysRunsOutOfMemoryIsNotPolledUntilReadyAgain() {
    egress.flux().subscribe(device);
    int[] polls = {0};
    Egress.Outlet<String> poor = egress.open(() -> {
      polls[0]++;
      throw new OutOfMemoryError("expected by this test");
    });
    poor.ready();
    sender("b1", "b2").ready();
    device.request(10);
    loop.settle();
    assertThat(sent).containsExactly("b1", "b2");
    int first = polls[0];
    assertThat(first).isLessThan(20);
    loop.settle();
    assertThat(polls[0]).as("not marked ready").isEqualTo(first);
    poor.ready();
    loop.settle();
    assertThat(polls[0]).as("marked ready").isGreaterThan(first);
  }

  @Test
  void sourceThatRunsOutOfMemoryOnceLosesOnlyOneUnit() {
    egress.flux().subscribe(device);
    Deque<String> units = new ArrayDeque<>(List.of("a", "lost", "c", "d"));
    egress.open(() -> {
      String unit = units.poll();
      if ("lost".equals(unit)) {
        throw new OutOfMemoryError("expected by this test");
      }
      return unit;
    }).ready();
    device.request(10);
    loop.settle();
    assertThat(sent).containsExactly("a", "c", "d");
  }
}
