package io.reactorstack.lab.jdk;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

/** Tasks that run one after the other, on a carried thread that lives while there are any. */
final class BlockingLane {

  private final BlockingScheduler scheduler;
  private final String name;
  private final Deque<BlockingTask> waiting = new ArrayDeque<>();
  private @Nullable BlockingTask running;
  private boolean started;

  /** Workers and tasks that have taken this lane; guarded by the scheduler. */
  int users;

  BlockingLane(BlockingScheduler scheduler, String name) {
    this.scheduler = scheduler;
    this.name = name;
  }

  /** Adds a task and starts a thread if there is none. */
  void offer(BlockingTask task) {
    synchronized (this) {
      // The first task has the lane's thread to itself, although that may not have begun with it.
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
      // An interrupt was for the task that has ended.
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
