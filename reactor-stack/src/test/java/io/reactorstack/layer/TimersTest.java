package io.reactorstack.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TimersTest {

  private final Timers timers = new Timers();
  private final List<String> fired = new ArrayList<>();

  private Timers.Timer timer(String name) {
    return timers.create(() -> fired.add(name), () -> {
    });
  }

  @Test
  void firesInOrderOfDeadlineThenOfSetting() {
    Timers.Timer a = timer("a");
    Timers.Timer b = timer("b");
    Timers.Timer c = timer("c");
    b.set(20);
    c.set(10);
    a.set(20);
    timers.fireDue(9, Runnable::run);
    assertThat(fired).isEmpty();
    timers.fireDue(20, Runnable::run);
    assertThat(fired).containsExactly("c", "b", "a");
    assertThat(timers.nextDeadline()).isEqualTo(Timers.NEVER);
  }

  @Test
  void aMovedTimerFiresOnceAtItsNewDeadline() {
    Timers.Timer a = timer("a");
    a.set(10);
    a.set(30);
    timers.fireDue(20, Runnable::run);
    assertThat(fired).isEmpty();
    assertThat(timers.nextDeadline()).isEqualTo(30);
    a.set(15);
    timers.fireDue(20, Runnable::run);
    assertThat(fired).containsExactly("a");
    assertThat(a.deadline()).isEqualTo(Timers.NEVER);
  }

  @Test
  void aTimerThatSetsItselfForThePastWaitsForTheNextRound() {
    Timers.Timer[] self = new Timers.Timer[1];
    self[0] = timers.create(() -> {
      fired.add("again");
      self[0].set(0);
    }, () -> {
    });
    self[0].set(1);
    timers.fireDue(5, Runnable::run);
    assertThat(fired).hasSize(1);
    timers.fireDue(5, Runnable::run);
    assertThat(fired).hasSize(2);
  }

  @Test
  void aTimerCancelledByAnEarlierOneDoesNotFire() {
    Timers.Timer victim = timer("victim");
    Timers.Timer killer = timers.create(victim::cancel, () -> {
    });
    killer.set(1);
    victim.set(2);
    timers.fireDue(5, Runnable::run);
    assertThat(fired).isEmpty();
    assertThat(timers.size()).isZero();
  }

  /** Compares Timers with a simple model: a sorted map from (deadline, order of setting) to the timer's number. */
  @Property
  void agreesWithASortedMap(@ForAll @Size(max = 200) List<Integer> operations) {
    Timers heap = new Timers();
    List<Integer> seen = new ArrayList<>();
    List<Timers.Timer> handles = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      int number = i;
      handles.add(heap.create(() -> seen.add(number), () -> {
      }));
    }
    TreeMap<Long, Integer> model = new TreeMap<>();
    long order = 0;
    for (int operation : operations) {
      int number = operation & 15;
      long deadline = operation >>> 8 & 0xff;
      boolean unchanged = handles.get(number).deadline() == deadline;
      if ((operation & 0x70) == 0) {
        handles.get(number).cancel();
        model.values().remove(number);
      } else if (!unchanged) {
        handles.get(number).set(deadline);
        model.values().remove(number);
        model.put(deadline << 32 | order++, number);
      }
      assertThat(heap.size()).isEqualTo(model.size());
      assertThat(heap.nextDeadline()).isEqualTo(model.isEmpty() ? Timers.NEVER : model.firstKey() >> 32);
    }
    heap.fireDue(128, Runnable::run);
    assertThat(seen).containsExactlyElementsOf(model.headMap(129L << 32).values());
  }
}
