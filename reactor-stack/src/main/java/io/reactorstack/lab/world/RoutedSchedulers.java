package io.reactorstack.lab.world;

import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Reactor's schedulers for the whole JVM, routed by the calling thread: {@code Schedulers.parallel()}, {@code single()},
 * {@code boundedElastic()} and what {@code newParallel}, {@code newSingle} and {@code newBoundedElastic} make, so every
 * operator that takes time without being given a scheduler.
 */
public final class RoutedSchedulers implements Schedulers.Factory {

  /** Reactor's own constructors, which also check what they are given. */
  private static final Schedulers.Factory REACTOR = new Schedulers.Factory() {};

  /** Set while this thread makes the schedulers that all share: what they were until now, and stay for callers outside. */
  private static final ThreadLocal<@Nullable Scheduler> ADOPTED = new ThreadLocal<>();

  private RoutedSchedulers() {}

  /**
   * Installs the routing unless it is in place, also after a test has reset Reactor's factory. Cheap when it is.
   *
   * @throws IllegalStateException while reactor-test's virtual time rules the schedulers of the whole JVM
   */
  public static void ensure() {
    Scheduler now = behind(Schedulers.parallel());
    if (!(now instanceof RoutedScheduler)) {
      install(now);
    }
  }

  /** Whether calls from a world reach it now. */
  public static boolean inPlace() {
    return behind(Schedulers.parallel()) instanceof RoutedScheduler;
  }

  private static synchronized void install(Scheduler now) {
    if (now.getClass().getName().startsWith("reactor.test.scheduler.VirtualTimeScheduler")) {
      throw new IllegalStateException(
          "reactor-test's virtual time (StepVerifier.withVirtualTime, VirtualTimeScheduler) rules"
              + " every scheduler of this JVM, so a lab in virtual time cannot run meanwhile: the lab's time is virtual already;"
              + " use StepVerifier.create in it, and run tests with withVirtualTime not at the same time");
    }
    if (inPlace()) {
      return;
    }
    Scheduler parallel = behind(Schedulers.parallel());
    Scheduler single = behind(Schedulers.single());
    Scheduler elastic = behind(Schedulers.boundedElastic());
    // Not setFactory, which disposes of the schedulers that others hold. The snapshot is for going back, which never happens:
    // other labs may be under way.
    Schedulers.setFactoryWithSnapshot(new RoutedSchedulers());
    adopt(parallel, () -> Schedulers.parallel());
    adopt(single, () -> Schedulers.single());
    adopt(elastic, () -> Schedulers.boundedElastic());
  }

  private static void adopt(Scheduler before, Runnable maker) {
    ADOPTED.set(before);
    try {
      maker.run();
    } finally {
      ADOPTED.remove();
    }
  }

  /** The scheduler that one of those that all share passes its calls to. */
  private static Scheduler behind(Scheduler shared) {
    return shared instanceof Supplier<?> cached && cached.get() instanceof Scheduler scheduler ? scheduler : shared;
  }

  @Override
  public Scheduler newParallel(int parallelism, ThreadFactory threads) {
    return routed(REACTOR.newParallel(parallelism, threads), threads, "parallel", null);
  }

  @Override
  public Scheduler newSingle(ThreadFactory threads) {
    return routed(REACTOR.newSingle(threads), threads, "single", null);
  }

  @Override
  public Scheduler newBoundedElastic(int threadCap, int queuedTaskCap, ThreadFactory threads, int ttlSeconds) {
    return routed(REACTOR.newBoundedElastic(threadCap, queuedTaskCap, threads, ttlSeconds), threads, "boundedElastic",
        world -> world.newElastic(threadCap, queuedTaskCap, nameOf(threads)));
  }

  @Override
  public Scheduler newThreadPerTaskBoundedElastic(int threadCap, int queuedTaskCap, ThreadFactory threads) {
    return routed(REACTOR.newThreadPerTaskBoundedElastic(threadCap, queuedTaskCap, threads), threads,
        "loomBoundedElastic",
        world -> world.newElastic(threadCap, queuedTaskCap, nameOf(threads)));
  }

  private static Scheduler routed(
      Scheduler made, ThreadFactory threads, String sharedName, @Nullable Function<World, Scheduler> inside) {
    Scheduler before = ADOPTED.get();
    if (before != null) {
      return new RoutedScheduler(before, true, inside, false);
    }
    String name = nameOf(threads);
    boolean shared = name.equals(sharedName);
    Function<World, Scheduler> ownInside = inside != null ? inside : world -> world.newScheduler(name);
    return new RoutedScheduler(made, false, shared ? inside : ownInside, !shared);
  }

  /** The name that a user gave with {@code newParallel(name)}; Reactor's thread factories supply it. */
  private static String nameOf(ThreadFactory threads) {
    return threads instanceof Supplier<?> named && named.get() instanceof String name ? name : "scheduler";
  }
}
