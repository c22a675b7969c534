package io.reactorstack.benchmarks.suite.floor;

import io.reactorstack.benchmarks.suite.load.Load;
import io.reactorstack.benchmarks.suite.load.Tally;
import io.reactorstack.benchmarks.suite.load.Work;

/** A load that is a loop on a thread of its own. */
abstract class FloorThread implements Load {

  private final Tally tally = new Tally();
  private volatile boolean running;
  private volatile Throwable failure;
  private Thread thread;

  /** Runs on the thread until {@link #isRunning} is false. */
  abstract void loop();

  final boolean isRunning() {
    return running;
  }

  /** Counts what has been done; called on the thread. */
  final void done(long more) {
    tally.add(more);
  }

  @Override
  public final void start() {
    running = true;
    thread = Thread.ofPlatform().name("floor").daemon().start(() -> {
      try {
        loop();
      } catch (RuntimeException | Error e) {
        failure = e;
      }
    });
  }

  @Override
  public final long count() {
    return tally.sum();
  }

  @Override
  public final void stop() {
    running = false;
    try {
      if (!thread.join(Work.LIMIT)) {
        throw new IllegalStateException("the floor does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    if (failure != null) {
      throw new IllegalStateException("the floor failed", failure);
    }
  }
}
