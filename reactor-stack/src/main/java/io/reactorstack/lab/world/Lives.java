package io.reactorstack.lab.world;

import io.netty.channel.IoEventLoop;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The lives of the hosts of one world, and the life whose code runs at the moment. */
public final class Lives {

  private final IoEventLoop loop;
  private final LongSupplier epochNanos;
  private final LifeLoop inheriting;
  private final @Nullable ReadyTasks ready;
  private @Nullable Life current;

  /**
   * Creates a world on {@code loop} without lives.
   *
   * @param epochNanos the world's date in nanoseconds since 1970-01-01T00:00:00Z
   * @param order chooses at random among several hosts or threads that are ready to run; {@code null} to run them in
   *     the order in which they became ready
   */
  public Lives(IoEventLoop loop, LongSupplier epochNanos, @Nullable RandomGenerator order) {
    this.loop = loop;
    this.ready = order == null ? null : new ReadyTasks(loop, order);
    this.epochNanos = epochNanos;
    this.inheriting = new LifeLoop(loop, this, null);
  }

  /** The view of the loop whose tasks belong to the life that submits them, or to none. */
  public LifeLoop inheriting() {
    return inheriting;
  }

  /** Returns a view of the loop whose tasks belong to {@code life}. */
  public LifeLoop of(Life life) {
    return new LifeLoop(loop, this, life);
  }

  /** Returns a new clock, equal to the world's until it is changed. */
  public HostTime newTime() {
    return new HostTime(loop.ticker(), epochNanos);
  }

  /** The life that the calling code belongs to; {@code null} for code of no host, and outside the world. */
  public @Nullable Life current() {
    return isInside() ? current : null;
  }

  /** Like {@link #current}, for a caller that is on the loop or on a thread that the loop carries. */
  public @Nullable Life currentInside() {
    return current;
  }

  /** Returns whether the caller is on the loop, or on a thread that the loop carries. */
  boolean isInside() {
    if (loop.inEventLoop()) {
      return true;
    }
    World world = World.current();
    return world != null && world.lives() == this;
  }

  /** Runs a task of {@code key}, a host or a thread, when it is chosen. */
  void execute(Object key, Runnable task) {
    if (ready != null && isInside()) {
      ready.add(key, task);
    } else {
      loop.execute(task);
    }
  }

  /** Returns the task to run when a timer of {@code life} becomes due. */
  Runnable timed(Life life, Runnable task) {
    LifeTask own = new LifeTask(this, life, task);
    return ready == null ? own : new Due(this, life, own);
  }

  /** A task of a timer; when the timer is due, it waits to be chosen like the other ready tasks. */
  private record Due(Lives lives, Life life, LifeTask task) implements Runnable {

    @Override
    public void run() {
      lives.execute(life, task);
    }

    @Override
    public String toString() {
      return task.toString();
    }
  }

  /**
   * Attributes the code that runs next to {@code life}, or to none, and returns the previous life for {@link #leave}.
   * On the loop.
   */
  public @Nullable Life enter(@Nullable Life life) {
    Life before = current;
    set(life);
    return before;
  }

  /** Restores the life that {@link #enter} has returned. */
  public void leave(@Nullable Life before) {
    set(before);
  }

  private void set(@Nullable Life life) {
    current = life;
    LogContext.host(life);
  }
}
