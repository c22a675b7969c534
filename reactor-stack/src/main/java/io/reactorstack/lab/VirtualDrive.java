package io.reactorstack.lab;

import io.netty.channel.IoEventLoop;
import io.reactorstack.lab.jdk.CarriedThreads;
import io.reactorstack.lab.report.LogLine;
import io.reactorstack.lab.report.PublisherChain;
import io.reactorstack.lab.report.WaitReport;
import io.reactorstack.lab.world.Life;
import io.reactorstack.lab.world.Lives;
import io.reactorstack.lab.world.LogContext;
import io.reactorstack.lab.world.RoutedSchedulers;
import io.reactorstack.lab.world.World;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** The engine of a world in virtual time: runs everything that is due, then jumps to the next deadline. */
final class VirtualDrive implements Drive {

  private final VirtualClock clock;
  private final VirtualLoop loop;
  private final LabThread thread = new LabThread();
  private final Lives lives;
  private final LabWorld world;
  private final OutsideTasks arrivals;
  private final boolean strict;
  private Invariants invariants = new Invariants();
  /**
   * The await in progress; {@code null} if there is none. The thread that awaits sets it and waits for the world's own
   * thread.
   */
  private volatile @Nullable Wait<?> current;
  /** Held by the thread that drives the world, while it waits for the world's own thread. */
  private final ReentrantLock drivers = new ReentrantLock();

  /**
   * Creates the engine of a world that begins at {@code start}.
   *
   * @param patience real time for which an idle world waits for threads outside
   * @param order decides the order in which ready hosts and threads run at one instant; {@code null} for the order in
   *     which they became ready
   */
  VirtualDrive(Seeds seeds, Instant start, boolean strict, Duration patience, @Nullable RandomGenerator order) {
    this.arrivals = new OutsideTasks(patience);
    this.clock = new VirtualClock(start);
    this.loop = new VirtualLoop(clock, arrivals);
    this.lives = new Lives(loop, clock::epochNanos, order);
    this.world = new LabWorld(clock, lives, seeds, thread.thread());
    this.strict = strict;
    arrivals.world(world);
    thread.thread().world(world);
    loop.setOwningThread(thread.thread());
    if (LogContext.isThere()) {
      thread.start(() -> LogContext.begin(seeds.seed()));
    }
  }

  @Override
  public Scheduler scheduler() {
    return world.scheduler();
  }

  @Override
  public void prepare() {
    RoutedSchedulers.ensure();
  }

  @Override
  public IoEventLoop loop() {
    return lives.inheriting();
  }

  @Override
  public IoEventLoop neutralLoop() {
    return loop;
  }

  @Override
  public <T> T look(Function<String, T> reader) {
    return thread.isCurrent() || isCarried() ? reader.apply("") : OutsideRead.at(thread::start, reader);
  }

  @Override
  public Lives lives() {
    return lives;
  }

  @Override
  public <T> T call(Callable<T> action) {
    return isCarried() ? callFromCarried(action) : thread.call(action);
  }

  @Override
  @SuppressWarnings("NullAway") // Callable may return null where the caller's T is nullable
  public <T> @Nullable T await(Mono<T> mono, Duration limit, Consumer<Throwable> witness) {
    if (isCarried()) {
      // Another thread moves the world already; blocking code of the world waits as for any other publisher.
      return mono.subscribeOn(world.scheduler()).block(limit);
    }
    return driven(() -> {
      Wait<T> wait = new Wait<>(mono, limit, witness);
      current = wait;
      try {
        while (!thread.call(wait::turn)) {
          wait.lastTurn = !outsideSignals();
        }
        return wait.result();
      } finally {
        current = null;
        if (Thread.currentThread().isInterrupted()) {
          // In a task of the loop: nothing else stops a world whose code starts over forever at one instant.
          loop.execute(wait::cancel);
          thread.start(this::settleAll);
        }
      }
    });
  }

  /** Returns the file and the line of the code that waits for the world; empty if none does. */
  private String line() {
    Thread driver = arrivals.driver();
    StackTraceElement[] stack = driver == null ? new StackTraceElement[0] : driver.getStackTrace();
    for (int i = stack.length - 1; i > 0; i--) {
      if (stack[i - 1].getClassName().equals(Lab.class.getName())) {
        return stack[i].getFileName() + ":" + stack[i].getLineNumber();
      }
    }
    return "";
  }

  /** Returns whether an idle world gets work from outside within the patience, in real time. */
  private boolean outsideSignals() {
    if (thread.isCurrent()) {
      return false;
    }
    try {
      return arrivals.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while driving the lab", e);
    }
  }

  @Override
  @SuppressWarnings("NullAway") // Callable may return null where the caller's T is nullable
  public <T> @Nullable T blocking(Callable<T> code, Duration limit, Consumer<Throwable> witness) {
    CarriedThreads threads = world.threads();
    if (threads == null) {
      throw new IllegalStateException(
          "lab.blocking needs threads that a world carries. " + CarriedThreads.takeover().refusal());
    }
    return await(Mono.create(sink -> {
      Thread thread = threads.start("lab-blocking", () -> {
        try {
          sink.success(code.call());
        } catch (Throwable e) {
          sink.error(e);
        }
      });
      sink.onCancel(thread::interrupt);
    }), limit, witness);
  }

  @Override
  @SuppressWarnings("NullAway") // as above
  public <T> @Nullable T outside(Callable<T> code) throws Exception {
    World current = World.current();
    if (current == null) {
      return code.call();
    }
    if (current != world) {
      throw new IllegalStateException("outside must be called on the lab that the calling code belongs to");
    }
    return world.outside(code);
  }

  @Override
  public List<LogLine> log() {
    return world.log().last();
  }

  @Override
  public WaitReport waiting() {
    CarriedThreads threads = world.threads();
    List<String> blocked = List.of();
    // On another thread, the JDK would wake the threads that it inspects.
    if (threads != null && thread.isCurrent()) {
      blocked = threads.waiting().stream().map(each -> each.name() + " waits at " + CodeLine.of(each.stack())).toList();
    }
    Wait<?> wait = current;
    return wait == null
        ? new WaitReport(List.of(), "", Duration.ZERO, null, blocked, loop.nextDeadline(),
            NextTask.of(loop))
        : wait.look(blocked);
  }

  @Override
  public boolean isStopped() {
    return thread.isStopped();
  }

  @Override
  public void advance(Duration duration) {
    if (isCarried()) {
      Mono.delay(duration, world.scheduler()).block();
      return;
    }
    driven(() -> thread.call(() -> {
      long end = clock.nanoTime() + duration.toNanos();
      settle();
      while (loop.nextDeadline() <= end && !thread.isInterrupted()) {
        step();
      }
      moveTo(end);
      return true;
    }));
  }

  @Override
  public Duration now() {
    return clock.elapsed();
  }

  @Override
  public Instant date() {
    return clock.date();
  }

  @Override
  public List<Escape> escapes() {
    return world.escapes().seen();
  }

  @Override
  public void knows(Inventory inventory) {
    world.knows(inventory);
  }

  @Override
  public void obey(Invariants conditions) {
    this.invariants = conditions;
  }

  @Override
  public void startThread(Life life, String name, Runnable task) {
    Life before = lives.enter(life);
    try {
      CarriedThreads threads = world.threads();
      if (threads == null) {
        lives.inheriting().execute(task);
      } else {
        threads.start(name, task);
      }
    } finally {
      lives.leave(before);
    }
  }

  @Override
  public void dropThreads(Life life) {
    CarriedThreads threads = world.threads();
    if (threads != null) {
      threads.drop(life);
    }
  }

  @Override
  public void close() {
    thread.call(() -> {
      CarriedThreads threads = world.threads();
      if (threads != null) {
        threads.interrupt();
        settleAll();
        threads.close();
      }
      loop.shutdownGracefully(0, 0, TimeUnit.NANOSECONDS);
      // The loop terminates only when its clock has moved beyond the quiet period, which is zero here.
      clock.run();
      while (!loop.isTerminated()) {
        loop.runNow();
      }
      // Without a world, its executor uses the machine's clock.
      thread.thread().world(null);
      return true;
    });
    // Not in the action: the lab's thread must not wait, and the executor's queue has a lock.
    thread.end();
  }

  /**
   * Returns whether the current thread is blocking code of the world: a virtual thread that the world's own thread
   * carries.
   */
  private boolean isCarried() {
    return Thread.currentThread().isVirtual() && World.current() == world;
  }

  private <T> T callFromCarried(Callable<T> action) {
    FutureTask<T> order = new FutureTask<>(action);
    lives.inheriting().execute(order);
    try {
      return order.get();
    } catch (ExecutionException e) {
      throw Drive.failure(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while calling the lab", e);
    }
  }

  /**
   * Runs {@code action}, which moves time. Only one thread does so at a time: code that runs in the world cannot wait
   * for the world.
   */
  @SuppressWarnings("NullAway") // the supplier may return null where the caller's T is nullable
  private <T> T driven(Supplier<T> action) {
    acquire();
    try {
      driver(Thread.currentThread());
      return action.get();
    } finally {
      driver(null);
      drivers.unlock();
    }
  }

  private void driver(@Nullable Thread waiting) {
    arrivals.driver(waiting);
    CarriedThreads threads = world.threads();
    if (threads != null) {
      threads.driven(waiting != null);
    }
  }

  private void acquire() {
    try {
      if (!thread.isCurrent()) {
        drivers.lockInterruptibly();
      } else if (arrivals.driven() || !drivers.tryLock()) {
        throw new IllegalStateException("the lab is driven already: compose publishers instead of waiting inside one");
      } else if (holdsMonitor()) {
        drivers.unlock();
        throw new IllegalStateException(
            "the lab is driven from inside synchronized: the threads of the world, which this"
                + " thread carries, could enter the same monitor");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while another thread drove the lab", e);
    }
  }

  /**
   * Returns whether this thread is inside {@code synchronized}. The carried threads could then enter the same monitors.
   */
  private static boolean holdsMonitor() {
    ThreadInfo[] infos = ManagementFactory.getThreadMXBean()
        .getThreadInfo(new long[] {Thread.currentThread().threadId()}, true, false);
    return infos[0] != null && infos[0].getLockedMonitors().length > 0;
  }

  /**
   * Runs everything that is due; fails if a condition does not hold, or if the world is strict and something from
   * outside has reached it.
   */
  private void settle() {
    settleAll();
    while (!invariants.isEmpty()) {
      Throwable failure = invariants.check();
      if (failure != null) {
        throw Drive.thrown(failure);
      }
      // A condition that became true may have submitted tasks to the loop.
      if (!settleAll()) {
        break;
      }
    }
    Escape escape = strict ? world.escapes().takeFresh() : null;
    if (escape != null) {
      throw new EscapeException(escape);
    }
  }

  /**
   * Runs everything that is due, on the loop and on the threads that it carries; returns whether the loop had anything
   * to run.
   */
  private boolean settleAll() {
    CarriedThreads threads = world.threads();
    boolean any = false;
    do {
      any |= loop.settle();
    } while (threads != null && threads.settle());
    return any;
  }

  /**
   * Waits in real time for threads outside to wake blocking code of this idle world, or to submit a task to its loop;
   * returns whether one did.
   */
  private boolean isWokenFromOutside() {
    CarriedThreads threads = world.threads();
    if (threads == null || !threads.awaitOutside(arrivals.patience().toNanos(), arrivals::waiting)) {
      return false;
    }
    settle();
    return true;
  }

  private void step() {
    moveTo(loop.nextDeadline());
    settle();
  }

  private void moveTo(long instant) {
    clock.moveTo(instant);
    if (LogContext.isThere()) {
      LogContext.time(clock.elapsed());
    }
  }

  /** A publisher that a caller awaits, from its subscription to its end. Its turns run on the world's thread. */
  private final class Wait<T> {

    private final Outcome<T> outcome = new Outcome<>(loop);
    private final Duration limit;
    private final Consumer<Throwable> witness;
    private @Nullable Mono<T> mono;
    private long end;
    /** True if no more signals are expected from outside: an idle world then ends the wait. */
    private boolean lastTurn;

    Wait(Mono<T> mono, Duration limit, Consumer<Throwable> witness) {
      this.mono = mono;
      this.limit = limit;
      this.witness = witness;
    }

    /** Ends the wait after its thread was interrupted. */
    void cancel() {
      witness.accept(new StalledException("interrupted at " + clock.elapsed()));
      outcome.cancel();
    }

    WaitReport look(List<String> threads) {
      Duration waited = Duration.ofNanos(clock.nanoTime() - end).plus(limit);
      return new WaitReport(PublisherChain.of(outcome.source()), line(), waited, limit, threads, loop.nextDeadline(),
          NextTask.of(loop));
    }

    /**
     * Moves the world until the publisher has ended, and returns true; returns false if the world is idle but may still
     * get a signal from outside.
     */
    boolean turn() {
      try {
        return move();
      } catch (RuntimeException | Error e) {
        witness.accept(e);
        outcome.cancel();
        settleAll();
        throw e;
      }
    }

    private boolean move() {
      Mono<T> given = mono;
      if (given != null) {
        mono = null;
        end = clock.nanoTime() + limit.toNanos();
        loop.execute(() -> given.subscribe(outcome));
      }
      settle();
      while (!outcome.isDone()) {
        long next = loop.nextDeadline();
        boolean interrupted = thread.isInterrupted();
        if (next == VirtualLoop.NEVER && !lastTurn && !interrupted) {
          if (!world.isBlockingCodeAlive()) {
            return false;
          }
          lastTurn = !isWokenFromOutside();
          continue;
        }
        if (next > end || interrupted) {
          throw new StalledException(reason(next, limit));
        }
        step();
      }
      return true;
    }

    @Nullable
    T result() {
      Throwable cause = outcome.cause();
      if (cause != null) {
        throw Drive.thrown(cause);
      }
      return outcome.value();
    }
  }

  /** Lists the threads that will never continue, each with the line at which it waits. */
  private String forEver() {
    CarriedThreads threads = world.threads();
    if (threads == null || threads.waiting().isEmpty()) {
      return "";
    }
    return threads.waiting().stream().map(Object::toString)
        .collect(Collectors.joining(", ", "; these threads wait forever: ", ""));
  }

  private String reason(long next, Duration limit) {
    if (thread.isInterrupted()) {
      // Clear the interrupt flag: the loop must not find it while it cancels the outstanding work.
      Thread.interrupted();
      return "interrupted at " + clock.elapsed();
    }
    String elsewhere = RoutedSchedulers.inPlace()
        ? ""
        : "; Reactor's schedulers have been reset or replaced meanwhile, so timers set since then are not the world's";
    if (next == VirtualLoop.NEVER) {
      return "the world is idle at " + clock.elapsed()
          + ": no timer is set and no frame is in transit that could end the publisher, and no signal came from outside"
          + forEver() + elsewhere;
    }
    return "the publisher has not ended within " + limit + " of virtual time; it is " + clock.elapsed() + elsewhere;
  }
}
