package io.reactorstack.lab.world;

import io.netty.channel.IoEventLoop;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * One world in virtual time, for code that finds it from the current thread: the routed schedulers, and the
 * replacements for the JDK's blocking calls, clocks and random sources.
 */
public interface World {

  /**
   * Returns the world that the current thread works for; {@code null} outside all worlds, and in a lab in real time.
   */
  static @Nullable World current() {
    return of(Thread.currentThread());
  }

  /** Returns the world that {@code thread} works for, or {@code null}. */
  static @Nullable World of(Thread thread) {
    if (thread instanceof WorldThread own) {
      return own.world();
    }
    return thread.isVirtual() ? VirtualThreads.worlds.apply(thread) : null;
  }

  /**
   * Sets the function that returns the world that carries a virtual thread; it returns {@code null} for any other
   * thread.
   */
  static void carriedBy(Function<Thread, @Nullable World> worlds) {
    VirtualThreads.worlds = worlds;
  }

  /**
   * The world's thread as an event loop: {@code execute} and {@code schedule} run tasks on it in virtual time. A task
   * belongs to the host whose code submits it. A task submitted by a thread outside this world while the world is being
   * driven is reported as an escape.
   */
  IoEventLoop loop();

  /**
   * The virtual time in nanoseconds from an arbitrary origin; compare readings as those of {@link System#nanoTime}. It
   * is the clock of the host whose code calls, and so is the date.
   */
  long nanoTime();

  /** The world's date in nanoseconds since 1970-01-01T00:00:00Z. */
  long epochNanos();

  /**
   * Returns a stream of random numbers that depends only on the world's seed and {@code name}; each call restarts it.
   */
  RandomGenerator random(String name);

  /** The world's shared Reactor scheduler, on the world's thread. */
  Scheduler scheduler();

  /** Returns a new scheduler on the world's thread, to be disposed of by its user. */
  Scheduler newScheduler(String name);

  /**
   * Returns the object for {@code key} in this world, created at its first use. To be called on the world's thread, or
   * on a virtual thread that it carries. The object is kept as long as the world.
   */
  <T> T kept(Object key, Class<T> type, Function<World, T> make);

  /** The lives of the world's hosts. */
  Lives lives();

  /**
   * Like {@link #kept}, but per host: each host whose code calls has its own object, which ends with the host; code of
   * no host shares one.
   */
  <T> T keptByHost(Object key, Class<T> type, Function<World, T> make);

  /**
   * Returns a new scheduler for blocking work, with at most {@code threads} workers and {@code queued} waiting tasks
   * for each.
   */
  Scheduler newElastic(int threads, int queued, String name);

  /**
   * Reports an event that reached this world and that its seed does not determine. The same {@code sentence} from the
   * same source line is reported once.
   *
   * @param sentence the event and its remedy, without the name of a thread
   * @param thread name of the thread outside the world
   * @param source stack trace of that thread
   * @param waiting stack trace of the code in the world that the event reached; empty if there is none
   */
  void escape(String sentence, String thread, StackTraceElement[] source, StackTraceElement[] waiting);
}
