package io.reactorstack.lab.world;

import io.netty.channel.IoEventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * The tasks of several hosts and threads that are ready to run: chance chooses which one runs next. Tasks of the same
 * host or thread keep their order. Confined to the loop.
 */
final class ReadyTasks {

  /** The tasks of one host or thread, in their order. */
  private record Line(Object key, Deque<Runnable> tasks) {}

  private final IoEventLoop loop;
  private final RandomGenerator random;
  private final Map<Object, Line> byKey = new IdentityHashMap<>();
  private final List<Line> lines = new ArrayList<>();
  private final Runnable runOne = this::runOne;

  ReadyTasks(IoEventLoop loop, RandomGenerator random) {
    this.loop = loop;
    this.random = random;
  }

  /** Adds a task of {@code key}, a host or a thread. */
  void add(Object key, Runnable task) {
    Line line = byKey.get(key);
    if (line == null) {
      line = new Line(key, new ArrayDeque<>());
      byKey.put(key, line);
      lines.add(line);
    }
    line.tasks.add(task);
    loop.execute(runOne);
  }

  private void runOne() {
    int chosen = lines.size() == 1 ? 0 : random.nextInt(lines.size());
    Line line = lines.get(chosen);
    Runnable task = line.tasks.remove();
    if (line.tasks.isEmpty()) {
      lines.remove(chosen);
      byKey.remove(line.key);
    }
    task.run();
  }
}
