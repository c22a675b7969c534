package io.reactorstack.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.VirtualLoop;
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
  private final Egress<String> egress = new Egress<>(loop.newTurn());
  private final List<String> sent = new ArrayList<>();
  private final BaseSubscriber<String> device = new BaseSubscriber<>() {
    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      // Credit is the test's business.
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
  void whatIsClosedWaitsForNoCredit() {
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
    assertThat(egress.isBlocked()).as("nothing is kept of what is closed").isFalse();
  }

  @Test
  void anOutletFollowsItsWayToAnotherEgressAlsoFromADeviceThatTakesNothing() {
    Egress<String> other = new Egress<>(loop.newTurn());
    List<Egress<String>> way = new ArrayList<>(List.of(egress));
    Deque<String> queue = new ArrayDeque<>(List.of("a1", "a2", "a3", "a4"));
    Egress.Outlet<String> outlet = Egress.open(way::getFirst, queue::pollFirst);
    egress.flux().subscribe(device);
    List<String> sentByOther = new ArrayList<>();
    other.flux().subscribe(sentByOther::add);
    device.request(1);
    outlet.ready();
    loop.settle();
    assertThat(egress.isBlocked()).isTrue();

    way.set(0, other);
    outlet.follow();
    loop.settle();
    assertThat(egress.isBlocked()).as("nothing is left behind").isFalse();
    assertThat(sent).containsExactly("a1");
    assertThat(sentByOther).containsExactly("a2", "a3", "a4");

    outlet.follow();
    loop.settle();
    assertThat(other.isBlocked()).as("an outlet that is not ready does not stand in a line").isFalse();
  }

  @Test
  void anOutletWhoseWayHasChangedIsNotPolledByTheOldEgress() {
    Egress<String> other = new Egress<>(loop.newTurn());
    List<Egress<String>> way = new ArrayList<>(List.of(egress));
    Deque<String> queue = new ArrayDeque<>(List.of("a1", "a2"));
    Egress.Outlet<String> outlet = Egress.open(way::getFirst, queue::pollFirst);
    egress.flux().subscribe(device);
    outlet.ready();
    way.set(0, other);
    device.request(5);
    loop.settle();
    assertThat(sent).isEmpty();
    assertThat(other.isBlocked()).isTrue();
  }

  @Test
  void aSourceThatThrowsIsClosedAndTheOthersGoOn() {
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
  void aSourceThatNeverFindsMemoryIsLeftAloneUntilItHasSomethingNew() {
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
    assertThat(polls[0]).as("nothing is new").isEqualTo(first);
    poor.ready();
    loop.settle();
    assertThat(polls[0]).as("asked again").isGreaterThan(first);
  }

  @Test
  void aSourceThatFindsNoMemoryOnceLosesOneUnitAndSendsTheOthers() {
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
