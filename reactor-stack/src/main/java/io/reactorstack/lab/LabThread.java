package io.reactorstack.lab;

import io.reactorstack.lab.jdk.CarriedThreads;
import io.reactorstack.lab.world.Spin;
import io.reactorstack.lab.world.World;
import io.reactorstack.lab.world.WorldExecutor;
import io.reactorstack.lab.world.WorldThread;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The one thread of a virtual world. It sleeps until another thread submits an action that drives the world, and runs
 * it while that thread waits.
 *
 * <p>It is a Netty thread instead of the test's thread, so that buffers are pooled as in production and BlockHound sees
 * blocking calls. It belongs to a Netty executor because BlockHound lets the idle thread of one sleep.
 */
final class LabThread {

  private static final Logger LOGGER = Loggers.getLogger(Lab.class);

  private static final Spin SPIN = new Spin();

  private final WorldExecutor executor = new WorldExecutor();
  private final WorldThread thread;
  private volatile @Nullable FutureTask<?> stopped;
  private volatile boolean abandoned;

  LabThread() {
    mayWait();
    this.thread = executor.submit(() -> (WorldThread) Thread.currentThread()).syncUninterruptibly().getNow();
  }

  private static void mayWait() {
    if (Schedulers.isInNonBlockingThread()) {
      throw new IllegalStateException("a lab must be driven from a thread that may block, not from an event loop");
    }
  }

  WorldThread thread() {
    return thread;
  }

  /** Runs {@code action} on this thread and waits for its result; runs it directly if this is the current thread. */
  <T> T call(Callable<T> action) {
    boolean nested = isCurrent();
    FutureTask<T> order = new FutureTask<>(nested ? action : begin(action));
    if (nested) {
      order.run();
    } else {
      mayWait();
      give(order);
      SPIN.sees(order::isDone);
    }
    try {
      return isCurrent() || World.current() != null ? order.get() : await(order);
    } catch (ExecutionException e) {
      throw Drive.failure(e);
    } catch (InterruptedException e) {
      abandoned = true;
      order.cancel(true);
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while driving the lab", e);
    }
  }

  private <T> Callable<T> begin(Callable<T> action) {
    return () -> {
      abandoned = false;
      return action.call();
    };
  }

  /**
   * Returns whether the thread that submitted the current action was interrupted and no longer waits. The flag
   * {@link #abandoned} is needed beside this thread's own interrupt, which may be lost: a virtual thread clears it as
   * it unmounts.
   */
  boolean isInterrupted() {
    return abandoned || Thread.currentThread().isInterrupted();
  }

  /** Waits for the result of an action, and fails if code in it stops this thread for good. */
  private <T> T await(FutureTask<T> order) throws ExecutionException, InterruptedException {
    StuckThreadDetector stuckThreads = null;
    while (true) {
      try {
        return order.get(StuckThreadDetector.LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        stuckThreads = stuckThreads != null ? stuckThreads : new StuckThreadDetector(thread, carried(), this::now);
        String endless = stuckThreads.checkInstant();
        if (endless != null) {
          LOGGER.warn(endless);
        }
        String sentence = stuckThreads.look();
        if (sentence != null) {
          stopped = order;
          throw new StalledException(sentence);
        }
      }
    }
  }

  private Duration now() {
    return thread.world() instanceof LabWorld world ? world.elapsed() : Duration.ZERO;
  }

  private @Nullable CarriedThreads carried() {
    return thread.world() instanceof LabWorld world ? world.threads() : null;
  }

  /** Returns whether an action that stopped the thread, as already reported, is still running after one more second. */
  boolean isStopped() {
    FutureTask<?> order = stopped;
    if (order == null) {
      return false;
    }
    try {
      order.get(1, TimeUnit.SECONDS);
      return false;
    } catch (ExecutionException e) {
      return false;
    } catch (TimeoutException e) {
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** Runs {@code action} on this thread after its current work, without waiting for it. */
  void start(Runnable action) {
    give(action);
  }

  /** Returns whether this is the current thread. */
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

  /** Ends the thread after its current work. */
  void end() {
    executor.shutdownGracefully(0, 0, TimeUnit.NANOSECONDS);
  }
}
