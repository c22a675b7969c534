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
 * Reads a world from a thread outside it: on the world's own thread if that is free within a second, otherwise on the
 * calling thread. So a report can be made even of a world whose thread never becomes free.
 */
final class OutsideRead {

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final String BUSY = "(read while the world's own thread was busy: numbers may be inconsistent)";

  private OutsideRead() {}

  /**
   * Runs {@code reader} as a task of {@code owner}, the executor of the world's thread; on the calling thread if the
   * world's thread has ended. The calling thread must not be the world's. The reader's argument is a sentence about how
   * the state is read, empty if the world does not move meanwhile.
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
          // Keep waiting: an interrupted test needs its report too.
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
