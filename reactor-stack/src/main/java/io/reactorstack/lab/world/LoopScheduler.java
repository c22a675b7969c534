package io.reactorstack.lab.world;

import io.netty.channel.EventLoop;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A Reactor scheduler on an event loop whose {@link #now} is the loop's own time. Each task costs one small object; the
 * only queue is the loop's.
 *
 * <p>Tasks run in the order in which they were submitted. A task submitted after the loop has ended, or after the
 * scheduler was disposed of, is rejected with a {@link RejectedExecutionException}, as by Reactor's own schedulers.
 */
public final class LoopScheduler implements Scheduler {

  private final EventLoop loop;
  private final LongSupplier epochNanos;
  private final String name;
  private final boolean shared;
  /**
   * The number of tasks accepted that have neither run nor been cancelled, without periodic ones; maintained only if
   * not shared.
   */
  private final AtomicInteger pending = new AtomicInteger();
  private final Sinks.Empty<Void> drained = Sinks.empty();
  private volatile boolean closing;
  private volatile boolean disposed;

  private LoopScheduler(EventLoop loop, LongSupplier epochNanos, String name, boolean shared) {
    this.loop = loop;
    this.epochNanos = epochNanos;
    this.name = name;
    this.shared = shared;
  }

  /** Returns the scheduler of a whole loop, shared by all its users: disposing of it has no effect. */
  public static LoopScheduler shared(EventLoop loop, LongSupplier epochNanos, String name) {
    return new LoopScheduler(loop, epochNanos, name, true);
  }

  /** Returns a scheduler of one user, who may dispose of it; the loop is not affected. */
  public static LoopScheduler owned(EventLoop loop, LongSupplier epochNanos, String name) {
    return new LoopScheduler(loop, epochNanos, name, false);
  }

  @Override
  public Disposable schedule(Runnable task) {
    return execute(new LoopTask(task, this, null, false));
  }

  @Override
  public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
    return start(new LoopTask(task, this, null, false), delay, unit);
  }

  @Override
  public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
    return startPeriodic(new LoopTask(task, this, null, true), initialDelay, period, unit);
  }

  @Override
  public Worker createWorker() {
    return new LoopWorker(this);
  }

  /** Returns the time of the loop's ticker for units finer than a millisecond, otherwise the date. */
  @Override
  public long now(TimeUnit unit) {
    return unit.compareTo(TimeUnit.MILLISECONDS) >= 0
        ? unit.convert(epochNanos.getAsLong(), TimeUnit.NANOSECONDS)
        : unit.convert(loop.ticker().nanoTime(), TimeUnit.NANOSECONDS);
  }

  LoopTask execute(LoopTask task) {
    accept(task);
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      throw rejected(task, e);
    }
    return task;
  }

  LoopTask start(LoopTask task, long delay, TimeUnit unit) {
    if (delay <= 0) {
      return execute(task);
    }
    accept(task);
    try {
      task.timer(loop.schedule(task, delay, unit));
    } catch (RejectedExecutionException e) {
      throw rejected(task, e);
    }
    return task;
  }

  LoopTask startPeriodic(LoopTask task, long initialDelay, long period, TimeUnit unit) {
    accept(task);
    // A zero period means "again and again". Each run has to advance the time, or no other task would ever run.
    long step = Math.max(1, unit.toNanos(period));
    try {
      task.timer(loop.scheduleAtFixedRate(task, Math.max(0, unit.toNanos(initialDelay)), step, TimeUnit.NANOSECONDS));
    } catch (RejectedExecutionException e) {
      throw rejected(task, e);
    }
    return task;
  }

  private void accept(LoopTask task) {
    if (closing || loop.isShutdown()) {
      throw Exceptions.failWithRejected();
    }
    if (!shared && !task.repeats()) {
      pending.incrementAndGet();
    }
  }

  private static RejectedExecutionException rejected(LoopTask task, RejectedExecutionException cause) {
    task.dispose();
    return Exceptions.failWithRejected(cause);
  }

  /** Notes that an accepted task has ended or was cancelled. */
  void ended(LoopTask task) {
    if (!shared && !task.repeats() && pending.decrementAndGet() == 0 && closing) {
      finish();
    }
  }

  private void finish() {
    disposed = true;
    drained.tryEmitEmpty();
  }

  /** Drops waiting tasks; no effect on a shared scheduler. */
  @Override
  public void dispose() {
    if (!shared) {
      closing = true;
      finish();
    }
  }

  /**
   * Rejects further tasks and completes when those accepted have ended; completes immediately, without effect, on a
   * shared scheduler.
   */
  @Override
  public Mono<Void> disposeGracefully() {
    return Mono.defer(() -> {
      if (shared) {
        return Mono.<Void>empty();
      }
      closing = true;
      if (pending.get() == 0) {
        finish();
      }
      return drained.asMono();
    });
  }

  @Override
  public boolean isDisposed() { return disposed || loop.isShutdown(); }

  /** Passes the error of a failed task to Reactor's hooks, which the event loop does not do. */
  public static void failed(Throwable error) {
    // Schedulers.handleError is not public; but a scheduler whose executor throws passes the error to it.
    Scheduler throwing = Schedulers.fromExecutor(ignored -> LoopScheduler.<RuntimeException>sneak(error));
    try {
      throwing.schedule(() -> {});
    } catch (RejectedExecutionException e) {
      // This is thrown to the caller of schedule(); the error itself has been handled.
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> void sneak(Throwable error) throws E {
    throw (E) error;
  }

  @Override
  public String toString() {
    return name;
  }

  /** Returns whether a task that is due must be dropped, because its scheduler or its worker was disposed of. */
  boolean drops(LoopTask task, @Nullable LoopWorker worker) {
    return disposed || closing && task.repeats() || worker != null && worker.isDisposed();
  }
}
