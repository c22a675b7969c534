package io.reactorstack.lab.world;

import io.netty.channel.IoEventLoop;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * One world in virtual time, as code sees it that must find it from the current thread: the routed schedulers, and what takes
 * over blocking work, clocks and chance of the JDK.
 */
public interface World {

  /** The world that the current thread works for; {@code null} outside all worlds, and in a lab in real time. */
  static @Nullable World current() {
    return of(Thread.currentThread());
  }

  /** The world that {@code thread} works for, or {@code null}. */
  static @Nullable World of(Thread thread) {
    if (thread instanceof WorldThread own) {
      return own.world();
    }
    return thread.isVirtual() ? VirtualThreads.worlds.apply(thread) : null;
  }

  /** From now on {@code worlds} says which world carries a virtual thread; {@code null} from it for any other thread. */
  static void carriedBy(Function<Thread, @Nullable World> worlds) {
    VirtualThreads.worlds = worlds;
  }

  /**
   * The world's thread as an event loop: {@code execute} and {@code schedule} run tasks on it in virtual time. They belong to the
   * host whose code hands them in. A task given to it by a thread of no world, or of another one, while the world is driven is reported as an escape.
   */
  IoEventLoop loop();

  /**
   * Virtual time in nanoseconds, from an origin of its own: to be compared, as {@link System#nanoTime}. On the clock of the host
   * whose code asks, as is the date.
   */
  long nanoTime();

  /** The world's date in nanoseconds since 1970-01-01T00:00:00Z. */
  long epochNanos();

  /** A stream of random numbers that depends on the world's seed and {@code name} only; each call begins it anew. */
  RandomGenerator random(String name);

  /** The world's thread as a Reactor scheduler. */
  Scheduler scheduler();

  /** A new scheduler on the world's thread, to be disposed of by its user. */
  Scheduler newScheduler(String name);

  /**
   * The object that belongs to {@code key} in this world, made at its first use; on the world's thread, or on a virtual thread that it
   * carries. It goes with the world.
   */
  <T> T kept(Object key, Class<T> type, Function<World, T> make);

  /** The lives of the world's hosts. */
  Lives lives();

  /**
   * As {@link #kept}, for the host whose code asks: each has its own, which ends with the host, and one is for the code of no host.
   */
  <T> T keptByHost(Object key, Class<T> type, Function<World, T> make);

  /** A new scheduler for blocking work, of at most {@code threads} workers and {@code queued} waiting tasks each. */
  Scheduler newElastic(int threads, int queued, String name);

  /**
   * Reports that something reached this world that its seed does not decide. The same {@code sentence} from the same line is
   * reported once.
   *
   * @param sentence what happened and what to do about it, without the name of a thread
   * @param thread name of the thread outside
   * @param source its stack
   * @param waiting stack of the code in the world that it reached; empty if there is none
   */
  void escape(String sentence, String thread, StackTraceElement[] source, StackTraceElement[] waiting);
}
