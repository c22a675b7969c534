package io.reactorstack.lab.world;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.scheduler.Scheduler;

/** The tasks of one subscriber on a loop: disposing of the worker drops its waiting tasks and cancels their timers. */
final class LoopWorker implements Scheduler.Worker {

  private final LoopScheduler scheduler;
  private @Nullable LoopTask first;
  private volatile boolean disposed;

  LoopWorker(LoopScheduler scheduler) {
    this.scheduler = scheduler;
  }

  @Override
  public Disposable schedule(Runnable task) {
    alive();
    return scheduler.execute(new LoopTask(task, scheduler, this, false));
  }

  @Override
  public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
    alive();
    return scheduler.start(new LoopTask(task, scheduler, this, false), delay, unit);
  }

  @Override
  public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
    alive();
    return scheduler.startPeriodic(new LoopTask(task, scheduler, this, true), initialDelay, period, unit);
  }

  private void alive() {
    if (disposed) {
      throw Exceptions.failWithRejected();
    }
  }

  /**
   * Registers a task that has a timer. A task without one need not be registered: it checks {@link #isDisposed} before
   * it runs.
   */
  void add(LoopTask task) {
    synchronized (this) {
      if (!disposed) {
        task.next = first;
        if (first != null) {
          first.previous = task;
        }
        first = task;
        return;
      }
    }
    task.dispose();
  }

  synchronized void remove(LoopTask task) {
    LoopTask before = task.previous;
    LoopTask after = task.next;
    if (before != null) {
      before.next = after;
    } else if (first == task) {
      first = after;
    }
    if (after != null) {
      after.previous = before;
    }
    task.previous = null;
    task.next = null;
  }

  @Override
  public void dispose() {
    List<LoopTask> waiting = new ArrayList<>();
    synchronized (this) {
      disposed = true;
      for (LoopTask task = first; task != null; task = task.next) {
        waiting.add(task);
      }
    }
    waiting.forEach(LoopTask::dispose);
  }

  @Override
  public boolean isDisposed() { return disposed || scheduler.isDisposed(); }
}
