package io.reactorstack.lab.world;

import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Scannable;
import reactor.core.scheduler.Schedulers;

/** One task on a loop, from its scheduling until it has run (a periodic one for the last time) or was disposed of. */
@SuppressWarnings("serial") // The superclass saves an object per task; a task is never serialized.
final class LoopTask extends AtomicBoolean implements Runnable, Disposable {

  private final Runnable task;
  private final LoopScheduler scheduler;
  private final @Nullable LoopWorker worker;
  private final boolean repeats;
  private volatile @Nullable Future<?> timer;
  /** Neighbours in the worker's list of tasks that have a timer; guarded by the worker. */
  @Nullable
  LoopTask previous;
  @Nullable
  LoopTask next;

  /**
   * Creates a task of {@code worker}, or of the scheduler itself, that runs once, or periodically until it is disposed
   * of. Applies Reactor's hook for scheduled tasks.
   */
  LoopTask(Runnable task, LoopScheduler scheduler, @Nullable LoopWorker worker, boolean repeats) {
    this.task = Schedulers.onSchedule(task);
    this.scheduler = scheduler;
    this.worker = worker;
    this.repeats = repeats;
  }

  boolean repeats() {
    return repeats;
  }

  /** Sets the timer that runs the task, so that {@link #dispose} can cancel it. */
  void timer(Future<?> future) {
    if (worker != null) {
      worker.add(this);
    }
    timer = future;
    if (get()) {
      // The task ran or was disposed of on another thread before the timer was set here.
      cancel(future);
    }
  }

  @Override
  public void run() {
    if (get()) {
      return;
    }
    if (scheduler.drops(this, worker)) {
      dispose();
      return;
    }
    try {
      task.run();
    } catch (Throwable error) {
      LoopScheduler.failed(error);
    } finally {
      if (!repeats) {
        end();
      }
    }
  }

  @Override
  public void dispose() {
    Future<?> started = timer;
    if (end() && started != null) {
      cancel(started);
    }
  }

  private void cancel(Future<?> future) {
    future.cancel(false);
    if (worker != null) {
      worker.remove(this);
    }
  }

  private boolean end() {
    if (!compareAndSet(false, true)) {
      return false;
    }
    if (worker != null && timer != null) {
      worker.remove(this);
    }
    scheduler.ended(this);
    return true;
  }

  /** Returns the name of the operator that the task belongs to, as Reactor names it, or the text of the task. */
  @Override
  public String toString() {
    Scannable operator = Scannable.from(task);
    return operator.isScanAvailable()
        ? "Reactor's " + operator.stepName()
        : task.toString();
  }

  @Override
  public boolean isDisposed() { return get() || scheduler.drops(this, worker); }
}
