package io.reactorstack.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.VirtualLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TimerGroupTest {

  private final VirtualLoop loop = new VirtualLoop();
  private final LoopTurn turn = loop.newTurn();
  private final TimerGroup group = new TimerGroup(turn);
  private final long start = loop.now();
  private final List<String> log = new ArrayList<>();

  @AfterEach
  void end() {
    loop.shutdownGracefully();
  }

  private Timers.Timer timer(String name) {
    return group.timer(() -> log.add(name + " " + (turn.now() - start)));
  }

  private void set(Timers.Timer timer, long nanos) {
    timer.set(start + nanos);
  }

  @Test
  void eachTimerFiresAtItsOwnTime() {
    set(timer("c"), 30);
    set(timer("a"), 10);
    set(timer("b"), 10);
    set(timer("d"), 40);
    assertThat(turn.nextDeadline()).isEqualTo(start + 10);
    loop.advance(Duration.ofNanos(35));
    assertThat(log).containsExactly("a 10", "b 10", "c 30");
    assertThat(turn.nextDeadline()).isEqualTo(start + 40);
    loop.advance(Duration.ofNanos(5));
    assertThat(log).endsWith("d 40").hasSize(4);
    assertThat(turn.nextDeadline()).isEqualTo(Timers.NEVER);
  }

  @Test
  void theLoopHasOneTimerForTheEarliest() {
    Timers.Timer first = timer("first");
    set(first, 10);
    set(timer("second"), 20);
    first.cancel();
    assertThat(turn.nextDeadline()).isEqualTo(start + 20);
    set(first, 5);
    assertThat(turn.nextDeadline()).isEqualTo(start + 5);
    set(first, 50);
    loop.advance(Duration.ofNanos(60));
    assertThat(log).containsExactly("second 20", "first 50");
  }

  @Test
  void anActionMaySetItsTimerAgainAndMayThrow() {
    Timers.Timer[] again = new Timers.Timer[1];
    again[0] = group.timer(() -> {
      log.add("again");
      if (log.size() == 1) {
        set(again[0], 15);
      }
    });
    set(again[0], 10);
    set(group.timer(() -> {
      throw new IllegalStateException("a defect made for this test");
    }), 10);
    set(timer("after"), 10);
    loop.advance(Duration.ofNanos(20));
    assertThat(log).containsExactly("again", "after 10", "again");
  }
}
