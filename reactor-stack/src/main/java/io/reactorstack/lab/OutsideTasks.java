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
 * Watches for tasks that threads outside a world submit to its loop.
 *
 * <p>While no thread drives the world, the submitter is the test's own thread and the run stays repeatable. While the
 * world is driven, each arrival from outside is reported as an escape.
 */
final class OutsideTasks {

  private static final String NOT_REPEATABLE = "; the seed does not determine its arrival, so this run cannot be repeated: ";
  private static final String SHARED = "a signal for this world was produced on the thread of another world"
      + NOT_REPEATABLE
      + "a hot source that two worlds share belongs to the one that subscribed first; create one in each";
  private static final String REACTOR = "a signal for this world was produced by a scheduler of Reactor outside it"
      + NOT_REPEATABLE
      + "the scheduler, or its worker, was obtained outside the world, before the first lab of this JVM or after a"
      + " test had reset Reactor's schedulers; assemble and subscribe in the world, with lab.await or lab.run";
  private static final String POOL = "a signal for this world was produced in a fork-join pool of the JVM"
      + NOT_REPEATABLE
      + "give CompletableFuture.supplyAsync and the like an executor of the world, such as lab.loop(), and do"
      + " not use parallel streams";
  private static final String PROGRAM = "a signal for this world was produced on a thread of the program"
      + NOT_REPEATABLE
      + "run it in the world, with Schedulers.boundedElastic() or lab.loop(), instead of its own pool";

  /** Set while this thread submits a task whose escape has been reported already. */
  private static final ThreadLocal<@Nullable OutsideTasks> ANNOUNCED = new ThreadLocal<>();

  private final Duration patience;
  private final Semaphore signals = new Semaphore(0);
  private volatile @Nullable LabWorld world;
  private volatile @Nullable Thread driver;

  /** Creates the watch of a world that, when idle, waits up to {@code patience} of real time for the next arrival. */
  OutsideTasks(Duration patience) {
    this.patience = patience;
  }

  Duration patience() {
    return patience;
  }

  /** Sets the world to watch. */
  void world(LabWorld watched) {
    this.world = watched;
  }

  /** Sets the thread that drives the world; {@code null} if no thread does. */
  void driver(@Nullable Thread waiting) {
    this.driver = waiting;
  }

  /** The thread that drives the world; {@code null} if no thread does. */
  @Nullable
  Thread driver() {
    return driver;
  }

  boolean driven() {
    return driver != null;
  }

  /** Called when a thread other than the loop's own has submitted a task, on that thread. */
  void arrived() {
    if (ANNOUNCED.get() != null || report()) {
      signals.release();
    }
  }

  /**
   * Runs {@code give}, which submits a task to the loop from this thread. The escape is reported before the task can
   * run, so code that sees an effect of the task also finds the report.
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

  /**
   * Reports an escape if the world is driven and this thread neither drives it nor belongs to it; returns whether it
   * did.
   */
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

  /** Returns the stack of {@code outside} without the innermost frames of Netty, of the lab and of {@code Thread}. */
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

  /** Returns whether a signal has arrived since the last call or wait, and forgets it. */
  boolean waiting() {
    return signals.drainPermits() > 0;
  }

  /** Waits in real time until a signal arrives; returns whether one did. Called on the thread that drives the world. */
  boolean await() throws InterruptedException {
    boolean arrived = signals.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS);
    signals.drainPermits();
    return arrived;
  }
}
