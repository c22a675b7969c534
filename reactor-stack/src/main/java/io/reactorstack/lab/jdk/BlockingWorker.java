package io.reactorstack.lab.jdk;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.scheduler.Scheduler;

/** The tasks of one subscriber in one lane. Disposing of it drops waiting tasks and interrupts the running one. */
final class BlockingWorker implements Scheduler.Worker {

  private final BlockingScheduler scheduler;
  private final BlockingLane lane;
  private final Set<BlockingTask> tasks = new LinkedHashSet<>();
  private boolean disposed;

  BlockingWorker(BlockingScheduler scheduler, BlockingLane lane) {
    this.scheduler = scheduler;
    this.lane = lane;
  }

  @Override
  public Disposable schedule(Runnable task) {
    return add(task).start();
  }

  @Override
  public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
    return add(task).start(unit.toNanos(delay));
  }

  @Override
  public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
    return add(task).start(unit.toNanos(initialDelay), unit.toNanos(period));
  }

  private synchronized BlockingTask add(Runnable task) {
    if (disposed || scheduler.isDisposed()) {
      throw Exceptions.failWithRejected();
    }
    BlockingTask made = new BlockingTask(scheduler, lane, task, false);
    tasks.add(made.onEnd(() -> remove(made)));
    return made;
  }

  private synchronized void remove(BlockingTask task) {
    tasks.remove(task);
  }

  @Override
  public void dispose() {
    List<BlockingTask> left;
    synchronized (this) {
      if (disposed) {
        return;
      }
      disposed = true;
      left = List.copyOf(tasks);
    }
    left.forEach(BlockingTask::dispose);
    scheduler.leave(lane);
  }

  @Override
  public synchronized boolean isDisposed() { return disposed; }
}
