package io.reactorstack.dns.transport;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A shared event loop as a scheduler, which {@link #dispose} does not shut down. */
final class EventLoopScheduler implements Scheduler {

  private final EventLoop loop;
  private final Scheduler tasks;

  EventLoopScheduler(EventLoop loop) {
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

  /** Returns the loop's time for units finer than a millisecond, otherwise the date, as Reactor's contract requires. */
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
