package io.reactorstack.lab.jdk;

import io.reactorstack.lab.world.World;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.scheduler.Scheduler;

/**
 * A scheduler for blocking work in a world, as Reactor's bounded elastic one: its tasks run on threads that the world carries. A
 * worker keeps to one lane, in which one task runs after the other; up to a number of lanes, work that starts while others wait has
 * a lane of its own, and beyond it shares the one with the least work.
 */
public final class BlockingScheduler implements Scheduler {

  private final World world;
  private final CarriedThreads threads;
  private final int lanesAtMost;
  private final int queuedAtMost;
  private final String name;
  private final List<BlockingLane> lanes = new ArrayList<>();
  private boolean disposed;

  /**
   * A scheduler in {@code world}.
   *
   * @param lanes tasks that may run, or wait in the middle, side by side
   * @param queued tasks that may wait for one lane; more are rejected
   * @param name the beginning of the names of its threads
   */
  public BlockingScheduler(World world, CarriedThreads threads, int lanes, int queued, String name) {
    this.world = world;
    this.threads = threads;
    this.lanesAtMost = lanes;
    this.queuedAtMost = queued;
    this.name = name;
  }

  @Override
  public Disposable schedule(Runnable task) {
    return new BlockingTask(this, take(), task, true).start();
  }

  @Override
  public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
    return new BlockingTask(this, take(), task, true).start(unit.toNanos(delay));
  }

  @Override
  public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
    return new BlockingTask(this, take(), task, true).start(unit.toNanos(initialDelay), unit.toNanos(period));
  }

  @Override
  public Worker createWorker() {
    return new BlockingWorker(this, take());
  }

  /** The world's time: its ticker for units finer than a millisecond, else its date. */
  @Override
  public long now(TimeUnit unit) {
    return unit.convert(unit.compareTo(TimeUnit.MILLISECONDS) >= 0 ? world.epochNanos() : world.nanoTime(),
        TimeUnit.NANOSECONDS);
  }

  World world() {
    return world;
  }

  CarriedThreads threads() {
    return threads;
  }

  int queuedAtMost() {
    return queuedAtMost;
  }

  /** The lane for new work, which gives it back with {@link #leave}. */
  synchronized BlockingLane take() {
    if (disposed) {
      throw Exceptions.failWithRejected();
    }
    BlockingLane best = null;
    for (BlockingLane lane : lanes) {
      if (best == null || lane.users < best.users) {
        best = lane;
      }
    }
    if (best == null || best.users > 0 && lanes.size() < lanesAtMost) {
      best = new BlockingLane(this, name + "-" + (lanes.size() + 1));
      lanes.add(best);
    }
    best.users++;
    return best;
  }

  synchronized void leave(BlockingLane lane) {
    lane.users--;
  }

  /** Interrupts the tasks that run and drops those that wait. */
  @Override
  public void dispose() {
    List<BlockingLane> left;
    synchronized (this) {
      disposed = true;
      left = List.copyOf(lanes);
    }
    left.forEach(BlockingLane::stop);
  }

  @Override
  public synchronized boolean isDisposed() { return disposed; }

  @Override
  public String toString() {
    return name;
  }
}
