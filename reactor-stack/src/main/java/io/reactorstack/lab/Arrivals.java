package io.reactorstack.lab;

import io.reactorstack.lab.world.World;
import io.reactorstack.lab.world.WorldThread;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.NonBlocking;

/**
 * The tasks that threads outside give to the loop of a world. While nobody drives the world, the test's thread does so and no chance is
 * in it; while it is driven each arrival is an escape.
 */
final class Arrivals {

  private static final String NOT_REPEATABLE = "; the seed does not decide when it comes, so this run cannot be repeated: ";
  private static final String SHARED = "a signal for this world was produced on the thread of another world"
      + NOT_REPEATABLE
      + "a hot source that two worlds share belongs to the one that subscribed first; let each make its own";
  private static final String REACTOR = "a signal for this world was produced by a scheduler of Reactor outside it"
      + NOT_REPEATABLE
      + "the scheduler, or its worker, was taken outside the world, before the first lab of this JVM or after a"
      + " test had reset Reactor's schedulers; assemble and subscribe in the world, with lab.await or lab.run";
  private static final String POOL = "a signal for this world was produced in a fork-join pool of the JVM"
      + NOT_REPEATABLE
      + "give CompletableFuture.supplyAsync and its like an executor of the world, such as lab.loop(), and do"
      + " not use parallel streams";
  private static final String PROGRAM = "a signal for this world was produced on a thread of the program"
      + NOT_REPEATABLE
      + "let the world run it, by Schedulers.boundedElastic() or lab.loop(), in place of a pool of its own";

  /** Set while this thread gives a task that has been reported. */
  private static final ThreadLocal<@Nullable Arrivals> ANNOUNCED = new ThreadLocal<>();

  private final Duration patience;
  private final Semaphore signals = new Semaphore(0);
  private volatile @Nullable LabWorld world;
  private volatile @Nullable Thread driver;

  /** Arrivals at a world that, when it is idle, waits for {@code patience} in real time for the next one. */
  Arrivals(Duration patience) {
    this.patience = patience;
  }

  Duration patience() {
    return patience;
  }

  /** The world that this looks at. */
  void world(LabWorld watched) {
    this.world = watched;
  }

  /** The thread that waits for the world from now on; {@code null} if it stands. */
  void driver(@Nullable Thread waiting) {
    this.driver = waiting;
  }

  /** The thread that waits for the world; {@code null} if it stands. */
  @Nullable
  Thread driver() {
    return driver;
  }

  boolean driven() {
    return driver != null;
  }

  /** A thread that is not the loop's own has given it a task; called on that thread. */
  void arrived() {
    if (ANNOUNCED.get() != null || report()) {
      signals.release();
    }
  }

  /**
   * Runs {@code give}, by which this thread gives the loop a task. What is to be reported is reported before, so that whoever sees what
   * the task has done finds it.
   */
  void announced(Runnable give) {
    if (!report()) {
      give.run();
      return;
    }
    ANNOUNCED.set(this);
    try {
      give.run();
    } finally {
      ANNOUNCED.remove();
    }
  }

  /** Reports an escape if the world is driven and this thread is neither the one that drives it nor of the world; whether it did. */
  private boolean report() {
    LabWorld mine = world;
    Thread waiting = driver;
    Thread here = Thread.currentThread();
    if (mine == null || waiting == null || waiting.equals(here) || mine.equals(World.of(here))) {
      return false;
    }
    mine.escapes().add(sentence(here), here.getName(), source(here), waiting::getStackTrace);
    return true;
  }

  private static String sentence(Thread outside) {
    if (World.of(outside) != null || outside instanceof WorldThread) {
      return SHARED;
    }
    if (outside instanceof NonBlocking || outside.getName().startsWith("boundedElastic-")) {
      return REACTOR;
    }
    return outside instanceof ForkJoinWorkerThread ? POOL : PROGRAM;
  }

  /** The stack without what lies between the code outside and this class. */
  private static StackTraceElement[] source(Thread outside) {
    StackTraceElement[] stack = outside.getStackTrace();
    int first = 0;
    while (first < stack.length && isWay(stack[first].getClassName())) {
      first++;
    }
    return first == stack.length ? stack : Arrays.copyOfRange(stack, first, stack.length);
  }

  private static boolean isWay(String className) {
    return className.equals("java.lang.Thread") || className.startsWith("io.netty.")
        || className.startsWith("io.reactorstack.lab.");
  }

  /** Whether a signal has arrived that nobody has waited for. */
  boolean waiting() {
    return signals.drainPermits() > 0;
  }

  /** Waits in real time until a signal arrives; whether one did. On the thread that drives the world. */
  boolean await() throws InterruptedException {
    boolean arrived = signals.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS);
    signals.drainPermits();
    return arrived;
  }
}
