package io.reactorstack.lab;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import reactor.core.scheduler.Schedulers;

/**
 * A look at a world from a thread outside: on the world's own thread if that is free soon, else on the calling one, so that it ends
 * also if the world never does.
 */
final class Glance {

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final String BUSY = "(read while the world's own thread was busy: numbers may not fit together)";

  private Glance() {}

  /**
   * Runs {@code reader} as a task of {@code owner}, the world's thread, which is another than the current one; at once if that
   * thread has ended. The reader is given a sentence on how it is run, which is empty if the world stands still meanwhile.
   */
  static <T> T at(Executor owner, Function<String, T> reader) {
    if (Schedulers.isInNonBlockingThread()) {
      return reader.apply(BUSY);
    }
    FutureTask<T> order = new FutureTask<>(() -> reader.apply(""));
    try {
      owner.execute(order);
    } catch (RejectedExecutionException | IllegalStateException e) {
      return reader.apply("");
    }
    return result(order, reader);
  }

  private static <T> T result(FutureTask<T> order, Function<String, T> reader) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return order.get(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          // A test that has been interrupted is to be explained too.
          interrupted = true;
        }
      }
    } catch (TimeoutException | ExecutionException e) {
      order.cancel(false);
      return reader.apply(BUSY);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
