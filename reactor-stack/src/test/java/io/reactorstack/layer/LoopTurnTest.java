package io.reactorstack.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.VirtualLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

class LoopTurnTest {

  private static final long NO_MORE = 1_000_000;

  private final VirtualLoop loop = new VirtualLoop();
  private final long start = loop.now();
  private final LoopTurn turn = loop.newTurn();
  private final List<String> log = new ArrayList<>();

  /** Advances the clock to {@code nanos} after the start and runs everything that is due. */
  private void runAt(long nanos) {
    loop.advance(Duration.ofNanos(start + nanos - loop.now()));
    loop.settle();
  }

  @Test
  void aTurnServesTheDirtyListThenTheEndActionsThenTimers() {
    turn.atEnd(() -> log.add("egress"));
    Timers.Timer timer = turn.timer(() -> log.add("timer"));
    turn.dirty(() -> log.add("a"));
    turn.dirty(() -> log.add("b"));
    timer.set(start + 50);
    assertThat(log).isEmpty();
    runAt(0);
    assertThat(log).containsExactly("a", "b", "egress");
    runAt(49);
    assertThat(log).hasSize(3);
    runAt(50);
    assertThat(log).endsWith("egress", "timer", "egress");
    assertThat(turn.nextDeadline()).isEqualTo(Timers.NEVER);
  }

  @Test
  void theTimeStandsStillWithinAnActionAndNotBetweenThem() {
    Runnable slow = () -> {
      log.add(String.valueOf(turn.now() - start));
      loop.spend(Duration.ofNanos(5));
      log.add(String.valueOf(turn.now() - start));
      loop.spend(Duration.ofNanos(5));
    };
    turn.dirty(slow);
    turn.dirty(slow);
    turn.atEnd(slow);
    loop.settle();
    assertThat(log).containsExactly("0", "0", "10", "10", "20", "20");
    log.clear();
    slow.run();
    assertThat(log).as("outside of a turn").containsExactly("30", "35");
  }

  @Test
  void aTimerLearnsTheTimeAtWhichItRuns() {
    for (int i = 0; i < 2; i++) {
      turn.timer(() -> {
        log.add(String.valueOf(turn.now() - start));
        loop.spend(Duration.ofNanos(7));
      }).set(start + 50);
    }
    runAt(50);
    assertThat(log).containsExactly("50", "57");
  }

  @Test
  void aCoalescedTaskRunsOnceATurn() {
    Runnable task = turn.coalesced(() -> log.add("a"));
    task.run();
    task.run();
    assertThat(log).isEmpty();
    runAt(0);
    assertThat(log).containsExactly("a");
    task.run();
    runAt(1);
    assertThat(log).containsExactly("a", "a");
  }

  @Test
  void throwingActionDoesNotStopOtherActions() {
    turn.atEnd(() -> log.add("egress"));
    turn.dirty(() -> {
      throw new IllegalStateException("a defect made for this test");
    });
    turn.dirty(() -> log.add("b"));
    runAt(0);
    assertThat(log).containsExactly("b", "egress");
  }

  @Test
  void outOfMemoryForATaskStopsNeitherTurnsNorTimers() {
    for (int n = 1; n <= 6; n++) {
      log.clear();
      Timers.Timer timer = turn.timer(() -> log.add("timer"));
      loop.failAt(n);
      for (int round = 0; round < 3; round++) {
        try {
          turn.dirty(() -> log.add("dirty"));
          timer.set(loop.now() + 50);
        } catch (OutOfMemoryError e) {
          log.add("refused");
        }
        loop.settle();
      }
      loop.failAt(NO_MORE);
      // Later work is served, together with the refused work.
      turn.dirty(() -> log.add("later"));
      loop.settle();
      assertThat(log).as("task " + n).contains("later").filteredOn("dirty"::equals).hasSize(3);
      timer.set(loop.now() + 10);
      turn.schedule();
      loop.advance(Duration.ofNanos(100));
      assertThat(log).as("task " + n).contains("timer");
    }
  }

  @Test
  void actionsMadeDirtyInATurnRunInTheNext() {
    turn.atEnd(() -> log.add("egress"));
    turn.dirty(() -> {
      log.add("a");
      turn.dirty(() -> log.add("again"));
    });
    runAt(0);
    assertThat(log).containsExactly("a", "egress", "again", "egress");
  }

  @Test
  void anEarlierTimerMovesTheWakeUp() {
    Timers.Timer late = turn.timer(() -> log.add("late"));
    late.set(start + 100);
    runAt(0);
    Timers.Timer early = turn.timer(() -> log.add("early"));
    early.set(start + 10);
    runAt(0);
    runAt(10);
    assertThat(log).containsExactly("early");
    runAt(100);
    assertThat(log).containsExactly("early", "late");
  }

  /** A device: takes units as the test requests them. */
  private static final class Taker extends BaseSubscriber<String> {

    private final List<String> taken = new ArrayList<>();

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      // The test requests units itself.
    }

    @Override
    protected void hookOnNext(String value) {
      taken.add(value);
    }
  }

  private static Egress.Source<String> counting(String name, int units) {
    int[] next = {0};
    return () -> next[0] < units ? name + ++next[0] : null;
  }

  @Test
  void egressPollsReadyOutletsRoundRobinWithinItsCredit() {
    Egress<String> egress = new Egress<>(turn);
    Taker device = new Taker();
    egress.flux().subscribe(device);
    egress.open(counting("a", 3)).ready();
    egress.open(counting("b", 2)).ready();
    egress.open(counting("never marked", 1));
    runAt(0);
    assertThat(device.taken).isEmpty();
    assertThat(egress.isBlocked()).isTrue();

    device.request(3);
    runAt(0);
    assertThat(device.taken).containsExactly("a1", "b1", "a2");
    device.request(10);
    runAt(0);
    assertThat(device.taken).containsExactly("a1", "b1", "a2", "b2", "a3");
    assertThat(egress.isBlocked()).isFalse();
  }

  @Test
  void aClosedOrFailingOutletIsNotPolledAgain() {
    Egress<String> egress = new Egress<>(turn);
    Taker device = new Taker();
    egress.flux().subscribe(device);
    Egress.Outlet<String> closed = egress.open(counting("closed", 1));
    closed.ready();
    closed.close();
    Egress.Outlet<String> failing = egress.open(() -> {
      log.add("polled");
      throw new IllegalStateException("a defect made for this test");
    });
    failing.ready();
    egress.open(counting("b", 1)).ready();
    device.request(Long.MAX_VALUE);
    runAt(0);
    failing.ready();
    runAt(0);
    assertThat(device.taken).containsExactly("b1");
    assertThat(log).containsExactly("polled");
  }

  @Test
  void anOutletMarkedReadyWhileItIsPolledIsPolledAgain() {
    Egress<String> egress = new Egress<>(turn);
    Taker device = new Taker();
    egress.flux().subscribe(device);
    List<Egress.Outlet<String>> self = new ArrayList<>();
    int[] polls = {0};
    self.add(egress.open(() -> {
      if (++polls[0] == 1) {
        self.get(0).ready();
        return null;
      }
      return polls[0] == 2 ? "second" : null;
    }));
    self.get(0).ready();
    device.request(5);
    runAt(0);
    assertThat(device.taken).containsExactly("second");
  }

  @Test
  void newSubscriberContinuesWhereTheLastOneStopped() {
    Egress<String> egress = new Egress<>(turn);
    Taker first = new Taker();
    egress.flux().subscribe(first);
    egress.open(counting("a", 3)).ready();
    first.request(1);
    runAt(0);
    first.cancel();
    Taker second = new Taker();
    egress.flux().subscribe(second);
    second.request(5);
    runAt(0);
    assertThat(first.taken).containsExactly("a1");
    assertThat(second.taken).containsExactly("a2", "a3");
  }
}
