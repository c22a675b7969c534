package io.reactorstack.lab.jdk;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

/** Runs tasks one after another, on a carried thread that exists while there are tasks. */
final class BlockingLane {

  private final BlockingScheduler scheduler;
  private final String name;
  private final Deque<BlockingTask> waiting = new ArrayDeque<>();
  private @Nullable BlockingTask running;
  private boolean started;

  /** The number of workers and tasks that use this lane; guarded by the scheduler. */
  int users;

  BlockingLane(BlockingScheduler scheduler, String name) {
    this.scheduler = scheduler;
    this.name = name;
  }

  /** Adds a task, and starts a thread if none is running. */
  void offer(BlockingTask task) {
    synchronized (this) {
      // The first task does not count as waiting: the lane's thread is for it, even if the thread has not begun to run
      // it.
      int behind = waiting.size() - (running == null ? 1 : 0);
      if (started && behind >= scheduler.queuedAtMost()) {
        throw Exceptions
            .failWithRejected("the scheduler " + scheduler + " has " + behind + " waiting tasks in one lane");
      }
      waiting.add(task);
      if (started) {
        return;
      }
      started = true;
    }
    scheduler.threads().start(name, this::run);
  }

  private void run() {
    for (BlockingTask task = next(); task != null; task = next()) {
      task.run();
      // Clears the interrupt status: an interrupt was meant for the task that has ended.
      Thread.interrupted();
    }
  }

  private synchronized @Nullable BlockingTask next() {
    running = waiting.poll();
    started = running != null;
    return running;
  }

  void stop() {
    List<BlockingTask> all;
    synchronized (this) {
      all = new ArrayList<>(waiting);
      if (running != null) {
        all.add(running);
      }
    }
    all.forEach(BlockingTask::dispose);
  }

  synchronized void remove(BlockingTask task) {
    waiting.remove(task);
  }
}
