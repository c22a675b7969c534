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
 * The lifetime of a host, from one start to its end. Tasks, timers and threads belong to the life in which they were
 * created: they pause with it and end with it, without a notification.
 *
 * <p>Confined to the loop, except {@link #isEnded} and {@link #toString}.
 */
public final class Life {

  private enum State {
    RUNNING, PAUSED, ENDED
  }

  /** The number of new timers after which completed ones are removed from the list. */
  private static final int SPARE_TIMERS = 64;

  private final String name;
  private final HostTime time;
  private final Deque<LifeTask> held = new ArrayDeque<>();
  private final Map<Object, Object> kept = new IdentityHashMap<>();
  private List<Future<?>> timers = new ArrayList<>();
  private int timersToSweep = SPARE_TIMERS;
  private volatile State state = State.RUNNING;

  /**
   * Creates a running life.
   *
   * @param name the host's name
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

  /** Returns whether this life has ended; none of its code runs any more. */
  public boolean isEnded() {
    return state == State.ENDED;
  }

  /** Returns whether this life is paused; its tasks are held until it is resumed. */
  public boolean isPaused() {
    return state == State.PAUSED;
  }

  /** Holds the tasks of this life, including timers that become due, until {@link #resume}. */
  public void pause() {
    if (state == State.RUNNING) {
      state = State.PAUSED;
    }
  }

  /** Runs the held tasks on {@code loop} in their order, and permits later tasks again. */
  public void resume(LifeLoop loop) {
    if (state != State.PAUSED) {
      return;
    }
    state = State.RUNNING;
    for (LifeTask task = held.poll(); task != null; task = held.poll()) {
      loop.again(task);
    }
  }

  /**
   * Drops the tasks of this life and cancels its timers. A task that is running finishes, but can start nothing new.
   */
  public void end() {
    state = State.ENDED;
    held.clear();
    List<Future<?>> last = timers;
    timers = new ArrayList<>();
    last.forEach(timer -> timer.cancel(false));
    kept.clear();
  }

  /** Returns whether {@code task} may run; if not, it is held (paused) or dropped (ended). */
  boolean admits(LifeTask task) {
    if (state == State.PAUSED && !task.isHeld()) {
      held.add(task);
    }
    return state == State.RUNNING;
  }

  /** Registers a timer, to be cancelled at the end of this life. */
  void add(Future<?> timer) {
    if (timers.size() >= timersToSweep) {
      timers.removeIf(Future::isDone);
      timersToSweep = 2 * timers.size() + SPARE_TIMERS;
    }
    timers.add(timer);
  }

  /** Returns the object for {@code key} in this life, created at its first use. */
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
