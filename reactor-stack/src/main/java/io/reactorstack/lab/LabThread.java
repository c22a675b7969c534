package io.reactorstack.lab;

import io.reactorstack.lab.world.Spin;
import io.reactorstack.lab.world.WorldExecutor;
import io.reactorstack.lab.world.WorldThread;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import reactor.core.scheduler.Schedulers;

/**
 * The one thread of a virtual world. It sleeps until somebody asks it to drive the world, and does what it was asked to;
 * the asker waits meanwhile.
 *
 * <p>A Netty thread of its own, not the test's thread, so that buffers are pooled as in production and BlockHound sees
 * blocking calls; and an executor of Netty, since that is where BlockHound knows that an idle thread may sleep.
 */
final class LabThread {

  private static final Spin SPIN = new Spin();

  private final WorldExecutor executor = new WorldExecutor();
  private final WorldThread thread;

  LabThread() {
    mayWait();
    this.thread = executor.submit(() -> (WorldThread) Thread.currentThread()).syncUninterruptibly().getNow();
  }

  private static void mayWait() {
    if (Schedulers.isInNonBlockingThread()) {
      throw new IllegalStateException("a lab is driven from a thread that may block, not from an event loop");
    }
  }

  WorldThread thread() {
    return thread;
  }

  /** Runs {@code action} on this thread and waits for its result; at once if this is the current thread. */
  <T> T call(Callable<T> action) {
    FutureTask<T> order = new FutureTask<>(action);
    if (isCurrent()) {
      order.run();
    } else {
      mayWait();
      give(order);
      SPIN.sees(order::isDone);
    }
    try {
      return order.get();
    } catch (ExecutionException e) {
      throw Drive.failure(e);
    } catch (InterruptedException e) {
      order.cancel(true);
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the lab was driven", e);
    }
  }

  /** Whether this is the current thread. */
  boolean isCurrent() {
    return executor.inEventLoop();
  }

  private void give(Runnable order) {
    try {
      executor.execute(order);
    } catch (RejectedExecutionException e) {
      throw new IllegalStateException("the lab is closed", e);
    }
  }

  /** Ends the thread after what it does now. */
  void end() {
    executor.shutdownGracefully(0, 0, TimeUnit.NANOSECONDS);
  }
}
