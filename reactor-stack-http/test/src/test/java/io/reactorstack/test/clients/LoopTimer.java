package io.reactorstack.test.clients;

import io.netty.channel.EventLoop;
import io.netty.util.Timeout;
import io.netty.util.Timer;
import io.netty.util.TimerTask;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A Netty {@code Timer} on an event loop, instead of a wheel with its own thread and clock. */
final class LoopTimer implements Timer {

  private final EventLoop loop;

  LoopTimer(EventLoop loop) {
    this.loop = loop;
  }

  @Override
  public Timeout newTimeout(TimerTask task, long delay, TimeUnit unit) {
    LoopTimeout timeout = new LoopTimeout(task);
    timeout.future = loop.schedule(timeout::expire, delay, unit);
    return timeout;
  }

  /** Does nothing: the loop ends with its host. */
  @Override
  public Set<Timeout> stop() {
    return Set.of();
  }

  private final class LoopTimeout implements Timeout {

    private final TimerTask task;
    private Future<?> future;

    LoopTimeout(TimerTask task) {
      this.task = task;
    }

    private Object expire() throws Exception {
      task.run(this);
      return true;
    }

    @Override
    public Timer timer() {
      return LoopTimer.this;
    }

    @Override
    public TimerTask task() {
      return task;
    }

    @Override
    public boolean isExpired() { return future.isDone() && !future.isCancelled(); }

    @Override
    public boolean isCancelled() { return future.isCancelled(); }

    @Override
    public boolean cancel() {
      return future.cancel(false);
    }
  }
}
