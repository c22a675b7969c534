package io.reactorstack.spi;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** An event loop as a scheduler that uses the loop's clock and that {@link #dispose} does not shut down. */
final class ShardScheduler implements Scheduler {

  private final EventLoop loop;
  private final Scheduler tasks;

  ShardScheduler(EventLoop loop) {
    this.loop = loop;
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

  /** Does nothing: the loop belongs to the host. */
  @Override
  public void dispose() {}

  @Override
  public boolean isDisposed() {
    return loop.isShutdown();
  }
}
