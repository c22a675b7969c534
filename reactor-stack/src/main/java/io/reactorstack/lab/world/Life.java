package io.reactorstack.lab.world;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * The time from a start of a host to its end: tasks, timers and threads belong to the life in which they were made. They stand
 * still with it and end with it, without being told.
 *
 * <p>Confined to the loop, but for {@link #isEnded} and {@link #toString}.
 */
public final class Life {

  private enum State {
    RUNNING, PAUSED, ENDED
  }

  /** Timers that are kept beyond those in use before the list is looked through. */
  private static final int SPARE_TIMERS = 64;

  private final String name;
  private final HostTime time;
  private final Deque<LifeTask> held = new ArrayDeque<>();
  private final Map<Object, Object> kept = new IdentityHashMap<>();
  private List<Future<?>> timers = new ArrayList<>();
  private int timersToSweep = SPARE_TIMERS;
  private volatile State state = State.RUNNING;

  /**
   * A life that runs.
   *
   * @param name that of the host
   * @param time the host's clock
   */
  public Life(String name, HostTime time) {
    this.name = name;
    this.time = time;
  }

  /** The host's clock. */
  public HostTime time() {
    return time;
  }

  /** Whether nothing of this life runs any more. */
  public boolean isEnded() { return state == State.ENDED; }

  /** Whether its tasks are kept until it is resumed. */
  public boolean isPaused() { return state == State.PAUSED; }

  /** Keeps its tasks back from now on, also those of timers that become due. */
  public void pause() {
    if (state == State.RUNNING) {
      state = State.PAUSED;
    }
  }

  /** Lets {@code loop} run what was kept back, in its order, and what follows. */
  public void resume(LifeLoop loop) {
    if (state != State.PAUSED) {
      return;
    }
    state = State.RUNNING;
    for (LifeTask task = held.poll(); task != null; task = held.poll()) {
      loop.again(task);
    }
  }

  /** Drops its tasks and cancels its timers. What runs at this moment runs to its end and can start nothing. */
  public void end() {
    state = State.ENDED;
    held.clear();
    List<Future<?>> last = timers;
    timers = new ArrayList<>();
    last.forEach(timer -> timer.cancel(false));
    kept.clear();
  }

  /** Whether {@code task} may run now; if not, it is kept or dropped. */
  boolean admits(LifeTask task) {
    if (state == State.PAUSED && !task.isHeld()) {
      held.add(task);
    }
    return state == State.RUNNING;
  }

  /** Keeps a timer to cancel it at the end. */
  void add(Future<?> timer) {
    if (timers.size() >= timersToSweep) {
      timers.removeIf(Future::isDone);
      timersToSweep = 2 * timers.size() + SPARE_TIMERS;
    }
    timers.add(timer);
  }

  /** The object that belongs to {@code key} in this life, made at its first use. */
  public <T> T kept(Object key, Class<T> type, Function<Object, T> make) {
    Object there = kept.get(key);
    if (there == null) {
      there = make.apply(key);
      kept.put(key, there);
    }
    return type.cast(there);
  }

  @Override
  public String toString() {
    return name;
  }
}
