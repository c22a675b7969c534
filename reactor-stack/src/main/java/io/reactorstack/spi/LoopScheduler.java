package io.reactorstack.spi;

import io.netty.channel.EventLoop;
import io.reactorstack.setting.Checks;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * An event loop as a scheduler that uses the loop's clock and that {@link #dispose} does not shut down.
 *
 * <p>Tasks run on the loop, in the order in which they were scheduled, and may be scheduled on any thread; after the loop was
 * shut down, {@code schedule} throws a {@link java.util.concurrent.RejectedExecutionException}.
 */
public final class LoopScheduler implements Scheduler {

  private final EventLoop loop;
  private final Scheduler tasks;

  /** Creates a scheduler of {@code loop}, which stays its owner's. */
  public LoopScheduler(EventLoop loop) {
    this.loop = Checks.given("loop", loop);
    this.tasks = Schedulers.fromExecutorService(loop);
  }

  @Override
  public Disposable schedule(Runnable task) {
    return tasks.schedule(task);
  }

  @Override
  public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
    return tasks.schedule(task, delay, unit);
  }

  @Override
  public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
    return tasks.schedulePeriodically(task, initialDelay, period, unit);
  }

  @Override
  public Worker createWorker() {
    return tasks.createWorker();
  }

  /**
   * Returns the loop's time for units finer than a millisecond, otherwise the wall-clock time, as Reactor's contract
   * requires.
   */
  @Override
  public long now(TimeUnit unit) {
    return unit.compareTo(TimeUnit.MILLISECONDS) >= 0
        ? Scheduler.super.now(unit)
        : unit.convert(loop.ticker().nanoTime(), TimeUnit.NANOSECONDS);
  }

  /** Does nothing: the loop belongs to others. */
  @Override
  public void dispose() {}

  @Override
  public boolean isDisposed() {
    return loop.isShutdown();
  }
}
