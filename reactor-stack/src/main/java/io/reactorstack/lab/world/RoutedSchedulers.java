package io.reactorstack.lab.world;

import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Routes Reactor's schedulers of the whole JVM by the calling thread: {@code Schedulers.parallel()}, {@code single()},
 * {@code boundedElastic()} and those created by {@code newParallel}, {@code newSingle} and {@code newBoundedElastic}.
 * This covers every operator that uses time without an explicit scheduler.
 */
public final class RoutedSchedulers implements Schedulers.Factory {

  /** Reactor's own factory, which also checks the arguments. */
  private static final Schedulers.Factory REACTOR = new Schedulers.Factory() {};

  /**
   * Set while this thread creates Reactor's shared schedulers: the previous scheduler, which keeps serving callers
   * outside.
   */
  private static final ThreadLocal<@Nullable Scheduler> ADOPTED = new ThreadLocal<>();

  private RoutedSchedulers() {}

  /**
   * Installs the routing unless it is installed, also after a test has reset Reactor's factory. Cheap if it is
   * installed.
   *
   * @throws IllegalStateException while reactor-test's virtual time has replaced the schedulers of the whole JVM
   */
  public static void ensure() {
    Scheduler now = behind(Schedulers.parallel());
    if (!(now instanceof RoutedScheduler)) {
      install(now);
    }
  }

  /** Returns whether the routing is installed. */
  public static boolean inPlace() {
    return behind(Schedulers.parallel()) instanceof RoutedScheduler;
  }

  private static synchronized void install(Scheduler now) {
    if (now.getClass().getName().startsWith("reactor.test.scheduler.VirtualTimeScheduler")) {
      throw new IllegalStateException(
          "reactor-test's virtual time (StepVerifier.withVirtualTime, VirtualTimeScheduler) controls"
              + " every scheduler of this JVM, so a lab cannot run concurrently: the lab's time is virtual anyway;"
              + " use StepVerifier.create in it, and do not run tests with withVirtualTime concurrently");
    }
    if (inPlace()) {
      return;
    }
    Scheduler parallel = behind(Schedulers.parallel());
    Scheduler single = behind(Schedulers.single());
    Scheduler elastic = behind(Schedulers.boundedElastic());
    // Not setFactory, which disposes of schedulers that other code holds. The snapshot would allow going back, which
    // never happens: other labs may be running.
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

  /** Returns the scheduler to which one of Reactor's shared schedulers delegates. */
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

  /** Returns the name that a user passed to {@code newParallel(name)}; Reactor's thread factories supply it. */
  private static String nameOf(ThreadFactory threads) {
    return threads instanceof Supplier<?> named && named.get() instanceof String name ? name : "scheduler";
  }
}
