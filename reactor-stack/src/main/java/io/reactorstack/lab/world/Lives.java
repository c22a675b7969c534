package io.reactorstack.lab.world;

import io.netty.channel.IoEventLoop;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The lives of the hosts of one world, and which of them the code belongs to that runs now. */
public final class Lives {

  private final IoEventLoop loop;
  private final LongSupplier epochNanos;
  private final LifeLoop inheriting;
  private final @Nullable ReadyTasks ready;
  private @Nullable Life current;

  /**
   * A world on {@code loop} without lives.
   *
   * @param epochNanos the world's date in nanoseconds since 1970-01-01T00:00:00Z
   * @param order decides which of several hosts or threads that could go on does so first; {@code null} if the one that could first
   *     does
   */
  public Lives(IoEventLoop loop, LongSupplier epochNanos, @Nullable RandomGenerator order) {
    this.loop = loop;
    this.ready = order == null ? null : new ReadyTasks(loop, order);
    this.epochNanos = epochNanos;
    this.inheriting = new LifeLoop(loop, this, null);
  }

  /** The loop that gives each task to the life that hands it in, or to none. */
  public LifeLoop inheriting() {
    return inheriting;
  }

  /** The loop that gives each task to {@code life}. */
  public LifeLoop of(Life life) {
    return new LifeLoop(loop, this, life);
  }

  /** A clock that is that of the world until it is changed. */
  public HostTime newTime() {
    return new HostTime(loop.ticker(), epochNanos);
  }

  /** The life that the caller belongs to; {@code null} for code of no host and outside the world. */
  public @Nullable Life current() {
    return isInside() ? current : null;
  }

  /** As {@link #current}, for a caller that is on the loop, or on a thread that it carries. */
  public @Nullable Life currentInside() {
    return current;
  }

  /** Whether the caller is on the loop, or on a thread that it carries. */
  boolean isInside() {
    if (loop.inEventLoop()) {
      return true;
    }
    World world = World.current();
    return world != null && world.lives() == this;
  }

  /** Runs a task of {@code key}, a host or a thread, when its turn comes. */
  void execute(Object key, Runnable task) {
    if (ready != null && isInside()) {
      ready.add(key, task);
    } else {
      loop.execute(task);
    }
  }

  /** A task of {@code life}, for a timer. */
  Runnable timed(Life life, Runnable task) {
    LifeTask own = new LifeTask(this, life, task);
    return ready == null ? own : new Due(this, life, own);
  }

  /** A task whose time has come, and which waits for its turn then. */
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

  /** Gives what runs now to {@code life}, or to none, and returns the one before, for {@link #leave}. On the loop. */
  public @Nullable Life enter(@Nullable Life life) {
    Life before = current;
    set(life);
    return before;
  }

  /** Ends what {@link #enter} has begun. */
  public void leave(@Nullable Life before) {
    set(before);
  }

  private void set(@Nullable Life life) {
    current = life;
    LogContext.host(life);
  }
}
