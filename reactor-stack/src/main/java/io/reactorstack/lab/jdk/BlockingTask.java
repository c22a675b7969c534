package io.reactorstack.lab.jdk;

import io.reactorstack.lab.world.LoopScheduler;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

/**
 * A task for a carried thread, from its scheduling until it has run (a periodic one for the last time) or was disposed
 * of.
 */
@SuppressWarnings("ReferenceEquality") // Threads and worlds are compared by identity.
final class BlockingTask implements Disposable {

  private static final long ONCE = -1;

  private final BlockingScheduler scheduler;
  private final BlockingLane lane;
  private final Runnable task;
  private final boolean ownsLane;
  private @Nullable Runnable ended;
  private long period = ONCE;
  private long due;
  private @Nullable Future<?> timer;
  private @Nullable Thread runner;
  private boolean over;

  /**
   * Creates a task for {@code lane}. Applies Reactor's hook for scheduled tasks.
   *
   * @param ownsLane whether the lane is released when the task has ended
   */
  BlockingTask(BlockingScheduler scheduler, BlockingLane lane, Runnable task, boolean ownsLane) {
    this.scheduler = scheduler;
    this.lane = lane;
    this.task = Schedulers.onSchedule(task);
    this.ownsLane = ownsLane;
  }

  /** Sets an action to run when the task has ended or was disposed of; to be called before the start. */
  BlockingTask onEnd(Runnable action) {
    ended = action;
    return this;
  }

  BlockingTask start() {
    try {
      lane.offer(this);
      return this;
    } catch (RuntimeException e) {
      end();
      throw e;
    }
  }

  BlockingTask start(long delayNanos) {
    if (delayNanos <= 0) {
      return start();
    }
    due = scheduler.world().nanoTime() + delayNanos;
    setTimer(delayNanos);
    return this;
  }

  /** Starts a task that repeats at a fixed rate; if a run takes longer than the period, the next one is late. */
  BlockingTask start(long delayNanos, long periodNanos) {
    // Each run has to advance the time, or no other task would ever run.
    period = Math.max(1, periodNanos);
    due = scheduler.world().nanoTime() + Math.max(0, delayNanos);
    setTimer(Math.max(0, delayNanos));
    return this;
  }

  private void setTimer(long delayNanos) {
    Future<?> set = scheduler.world().loop().schedule(this::offer, delayNanos, TimeUnit.NANOSECONDS);
    synchronized (this) {
      if (!over) {
        timer = set;
        return;
      }
    }
    set.cancel(false);
  }

  private void offer() {
    if (scheduler.isDisposed()) {
      end();
      return;
    }
    try {
      lane.offer(this);
    } catch (RuntimeException e) {
      end();
      LoopScheduler.failed(e);
    }
  }

  /** Runs the task on the current thread, which belongs to the lane. */
  void run() {
    synchronized (this) {
      if (over) {
        return;
      }
      runner = Thread.currentThread();
    }
    try {
      task.run();
    } catch (Throwable e) {
      LoopScheduler.failed(e);
    } finally {
      synchronized (this) {
        runner = null;
      }
      if (period == ONCE) {
        end();
      }
    }
    if (period != ONCE && !isDisposed()) {
      due += period;
      setTimer(Math.max(0, due - scheduler.world().nanoTime()));
    }
  }

  /** Cancels the task; interrupts its thread if it is running, as Reactor's own scheduler for blocking work does. */
  @Override
  public void dispose() {
    Future<?> set;
    synchronized (this) {
      if (over) {
        return;
      }
      set = timer;
      Thread current = runner;
      if (current != null && current != Thread.currentThread()) {
        current.interrupt();
      }
    }
    if (set != null) {
      set.cancel(false);
    }
    lane.remove(this);
    end();
  }

  private void end() {
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
    }
    if (ownsLane) {
      scheduler.leave(lane);
    }
    Runnable action = ended;
    if (action != null) {
      action.run();
    }
  }

  @Override
  public synchronized boolean isDisposed() { return over; }
}
