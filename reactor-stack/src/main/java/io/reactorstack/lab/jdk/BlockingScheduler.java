package io.reactorstack.lab.jdk;

import io.reactorstack.lab.world.World;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.scheduler.Scheduler;

/**
 * A scheduler for blocking work in a world, like Reactor's bounded elastic scheduler; its tasks run on threads that the
 * world carries. A worker keeps to one lane, which runs its tasks one after another. New work gets a lane of its own
 * while the number of lanes is below the limit, and then shares the lane with the fewest users.
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
   * Creates a scheduler in {@code world}.
   *
   * @param lanes the maximum number of lanes, and so of tasks that run or block concurrently
   * @param queued the maximum number of tasks that wait in one lane; more are rejected
   * @param name the prefix of the names of its threads
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

  /** Returns the world's time: its ticker for units finer than a millisecond, otherwise its date. */
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

  /** Returns the lane for new work; the caller releases it with {@link #leave}. */
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

  /** Interrupts running tasks and drops waiting ones. */
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
