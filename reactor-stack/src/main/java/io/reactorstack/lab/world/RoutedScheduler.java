package io.reactorstack.lab.world;

import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.Scannable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * A scheduler that chooses its implementation by the calling thread: inside a world the world's thread and time,
 * outside Reactor's own scheduler.
 *
 * <p>The thread that calls {@link #schedule}, {@link #createWorker} or {@link #now} decides, not the one that assembled
 * the publisher. Reactor's own scheduler starts its threads at the first call from outside.
 */
final class RoutedScheduler implements Scheduler, Scannable {

  private final Scheduler outside;
  /**
   * Creates the scheduler for a world; {@code null} to use the world's shared scheduler, which cannot be disposed of.
   */
  private final @Nullable Function<World, Scheduler> inside;
  /** True if a user created this scheduler and so may also dispose of it inside a world. */
  private final boolean owned;
  private volatile boolean initialized;
  private volatile boolean disposed;

  RoutedScheduler(Scheduler outside, boolean initialized, @Nullable Function<World, Scheduler> inside, boolean owned) {
    this.outside = outside;
    this.initialized = initialized;
    this.inside = inside;
    this.owned = owned;
  }

  @Override
  public Disposable schedule(Runnable task) {
    return route().schedule(task);
  }

  @Override
  public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
    return route().schedule(task, delay, unit);
  }

  @Override
  public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
    return route().schedulePeriodically(task, initialDelay, period, unit);
  }

  @Override
  public Worker createWorker() {
    return route().createWorker();
  }

  @Override
  public long now(TimeUnit unit) {
    World world = World.current();
    return world != null ? world.scheduler().now(unit) : outside.now(unit);
  }

  private Scheduler route() {
    World world = World.current();
    return world != null ? in(world) : outside();
  }

  private Scheduler in(World world) {
    if (disposed && owned) {
      throw Exceptions.failWithRejected();
    }
    return inside == null ? world.scheduler() : world.keptByHost(this, Scheduler.class, inside);
  }

  private Scheduler outside() {
    if (!initialized) {
      synchronized (this) {
        if (!initialized && !disposed) {
          outside.init();
          initialized = true;
        }
      }
    }
    if (disposed) {
      throw Exceptions.failWithRejected();
    }
    return outside;
  }

  /**
   * Does nothing: Reactor calls this when it creates a scheduler, but threads are created at the first use from
   * outside.
   */
  @Override
  public void init() {
    // See outside().
  }

  /**
   * Disposes of Reactor's own scheduler and, if a user created this one, of its counterpart in the calling world. Every
   * later call is rejected then; Reactor's shared schedulers continue to serve worlds.
   */
  @Override
  public void dispose() {
    close();
    World world = World.current();
    if (owned && world != null && inside != null) {
      world.keptByHost(this, Scheduler.class, inside).dispose();
    }
    outside.dispose();
  }

  @Override
  public Mono<Void> disposeGracefully() {
    return Mono.defer(() -> {
      close();
      World world = World.current();
      Mono<Void> ended = outside.disposeGracefully();
      return owned && world != null && inside != null
          ? world.keptByHost(this, Scheduler.class, inside).disposeGracefully().and(ended)
          : ended;
    });
  }

  private void close() {
    synchronized (this) {
      disposed = true;
    }
  }

  @Override
  public boolean isDisposed() {
    World world = World.current();
    return world == null || owned ? disposed : world.scheduler().isDisposed();
  }

  /** Returns the attributes of Reactor's own scheduler, such as its name. */
  @Override
  @SuppressWarnings("rawtypes")
  public @Nullable Object scanUnsafe(Attr key) {
    return Scannable.from(outside).scanUnsafe(key);
  }

  @Override
  public String toString() {
    return outside.toString();
  }
}
