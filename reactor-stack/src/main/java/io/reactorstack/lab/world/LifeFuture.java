package io.reactorstack.lab.world;

import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The future of a timer with a result that belongs to a life; cancelled from the start if the life had ended before.
 */
final class LifeFuture<V> extends DefaultPromise<V> implements ScheduledFuture<V>, Runnable {

  private final @Nullable Callable<V> task;
  private @Nullable ScheduledFuture<?> timer;

  LifeFuture(EventExecutor executor, @Nullable Callable<V> task) {
    super(executor);
    this.task = task;
  }

  static <V> LifeFuture<V> cancelled(EventExecutor executor) {
    LifeFuture<V> none = new LifeFuture<>(executor, null);
    none.cancel(false);
    return none;
  }

  LifeFuture<V> timer(ScheduledFuture<?> started) {
    timer = started;
    started.addListener((Future<Object> done) -> {
      if (done.isCancelled()) {
        super.cancel(false);
      }
    });
    return this;
  }

  @Override
  @SuppressWarnings("NullAway") // A callable may return null where its user's V is nullable.
  public void run() {
    if (task == null || !setUncancellable()) {
      return;
    }
    try {
      trySuccess(task.call());
    } catch (Throwable e) {
      tryFailure(e);
    }
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    ScheduledFuture<?> started = timer;
    if (started != null) {
      started.cancel(false);
    }
    return super.cancel(mayInterruptIfRunning);
  }

  @Override
  public long getDelay(TimeUnit unit) {
    ScheduledFuture<?> started = timer;
    return started == null ? 0 : started.getDelay(unit);
  }

  @Override
  public int compareTo(Delayed other) {
    return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
  }
}
