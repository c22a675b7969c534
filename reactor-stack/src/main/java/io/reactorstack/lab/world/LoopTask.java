package io.reactorstack.lab.world;

import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Scannable;
import reactor.core.scheduler.Schedulers;

/** One task on a loop, from its scheduling until it has run, for the last time if it repeats, or was disposed of. */
@SuppressWarnings("serial") // The base class spares an object; a task is never written to a stream.
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
   * A task of {@code worker}, or of the scheduler itself, that runs once, or until it is disposed of. Reactor's hook for
   * scheduled tasks sees it here, once.
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

  /** Takes the timer that runs the task, for {@link #dispose}. */
  void timer(Future<?> future) {
    if (worker != null) {
      worker.add(this);
    }
    timer = future;
    if (get()) {
      // It ran, or was disposed of, on another thread before this one had the timer.
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

  /** The operator that the task belongs to, in Reactor's words, or the text of the task. */
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
