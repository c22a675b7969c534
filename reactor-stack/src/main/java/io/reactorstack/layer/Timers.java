package io.reactorstack.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The timers of one loop in a binary heap. Every timer stores its index in the heap, so moving or cancelling one costs
 * O(log n), and an idle one costs nothing.
 *
 * <p>A hierarchical wheel would set and cancel in constant time, but it has to be advanced: with deadlines from a
 * millisecond to hours it wakes up the loop when nothing is due, or searches its levels for the next deadline. The one
 * scheduled wake-up and virtual time need that deadline exactly, and the heap has it at its root. The logarithm is
 * rarely paid: a connection moves its timer only to an earlier deadline; when a timer fires too early, the connection
 * sets the later one.
 *
 * <p>Timers due at the same instant fire in the order in which they were set, so that runs repeat exactly.
 */
public final class Timers {

  /** The deadline of a timer that is not set. */
  public static final long NEVER = Long.MAX_VALUE;

  private final List<Timer> heap = new ArrayList<>();
  private long settings;

  /** Creates a timer; {@code changed} is called whenever the timer is set or cancelled. */
  Timer create(Runnable action, Runnable changed) {
    return new Timer(action, changed);
  }

  /** The earliest deadline, or {@link #NEVER}. */
  public long nextDeadline() {
    return heap.isEmpty() ? NEVER : heap.get(0).deadline;
  }

  /** The number of timers that are set. */
  public int size() {
    return heap.size();
  }

  /**
   * Fires every timer due at {@code now}; a timer that its action sets again for a time in the past waits for the next
   * call.
   */
  void fireDue(long now, Consumer<Runnable> runner) {
    long lastSetting = settings;
    while (!heap.isEmpty()) {
      Timer first = heap.get(0);
      if (first.deadline > now || first.setting > lastSetting) {
        return;
      }
      first.cancel();
      runner.accept(first.action);
    }
  }

  /** A timer; it may be set, moved and cancelled any number of times. */
  public final class Timer {

    private final Runnable action;
    private final Runnable changed;
    private long deadline = NEVER;
    private long setting;
    private int place = -1;

    private Timer(Runnable action, Runnable changed) {
      this.action = action;
      this.changed = changed;
    }

    /** Sets or moves the timer to {@code deadlineNanos}, in the loop's time; {@link #NEVER} cancels it. */
    public void set(long deadlineNanos) {
      if (deadlineNanos == NEVER) {
        cancel();
        return;
      }
      if (deadlineNanos == deadline) {
        return;
      }
      deadline = deadlineNanos;
      setting = ++settings;
      if (place < 0) {
        place = heap.size();
        heap.add(this);
      }
      settle(place);
      changed.run();
    }

    /** Cancels the timer if it is set. */
    public void cancel() {
      if (place < 0) {
        return;
      }
      int hole = place;
      place = -1;
      deadline = NEVER;
      Timer last = heap.remove(heap.size() - 1);
      if (last != this) {
        last.place = hole;
        heap.set(hole, last);
        settle(hole);
      }
      changed.run();
    }

    /** Returns the time at which the timer is due, or {@link #NEVER}. */
    public long deadline() {
      return deadline;
    }

    private boolean before(Timer other) {
      return deadline < other.deadline || (deadline == other.deadline && setting < other.setting);
    }
  }

  private void settle(int place) {
    int at = place;
    while (at > 0 && heap.get(at).before(heap.get((at - 1) / 2))) {
      swap(at, (at - 1) / 2);
      at = (at - 1) / 2;
    }
    while (true) {
      int child = 2 * at + 1;
      if (child >= heap.size()) {
        return;
      }
      if (child + 1 < heap.size() && heap.get(child + 1).before(heap.get(child))) {
        child++;
      }
      if (!heap.get(child).before(heap.get(at))) {
        return;
      }
      swap(at, child);
      at = child;
    }
  }

  private void swap(int i, int j) {
    Timer a = heap.get(i);
    Timer b = heap.get(j);
    heap.set(i, b);
    heap.set(j, a);
    b.place = i;
    a.place = j;
  }
}
