package io.reactorstack.lab;

import io.netty.channel.IoEventLoop;
import io.reactorstack.lab.report.LogLine;
import io.reactorstack.lab.report.WaitReport;
import io.reactorstack.lab.world.Life;
import io.reactorstack.lab.world.Lives;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The engine of a world: its event loop, its thread and its clock. {@link VirtualDrive} jumps from event to event,
 * {@link RealTimeDrive} runs on the machine's clock.
 */
sealed interface Drive permits VirtualDrive, RealTimeDrive {

  /** The world's loop as code of a host uses it: a submitted task belongs to the host whose code submits it. */
  IoEventLoop loop();

  /** The same loop for parts that belong to no host, such as a wire. */
  IoEventLoop neutralLoop();

  /** The lives of the hosts, which own their tasks and timers. */
  Lives lives();

  /** The world's thread and time as a Reactor scheduler. */
  Scheduler scheduler();

  /** Runs {@code action} on the loop's thread and waits for its result, without moving time. */
  <T> T call(Callable<T> action);

  /**
   * Runs {@code reader} to read the world's state. Its argument is a sentence about how the state is read, empty if the
   * world does not move meanwhile. Throws nothing of its own, changes nothing, and waits at most one second of real
   * time.
   */
  <T> T look(Function<String, T> reader);

  /** Makes sure that code in the world gets the world's time from Reactor's schedulers. */
  void prepare();

  /** Returns the awaited publisher and the next event of the world; called by a reader of {@link #look}. */
  WaitReport waiting();

  /**
   * Subscribes to {@code mono} on the loop and moves time until it ends, by at most {@code limit}.
   *
   * @param witness receives an error of the world that ends the wait, before anything is cancelled, so that it can
   *     capture the world's state
   */
  <T> @Nullable T await(Mono<T> mono, Duration limit, Consumer<Throwable> witness);

  /** Runs {@code code}, which may block, in the world, and moves time until it returns, as {@code await} does. */
  <T> @Nullable T blocking(Callable<T> code, Duration limit, Consumer<Throwable> witness);

  /** Runs {@code code} outside the world, which does not move meanwhile. */
  <T> @Nullable T outside(Callable<T> code) throws Exception;

  /** Returns whether code that blocks has stopped the world's thread for good. */
  boolean isStopped();

  /** Lets {@code duration} pass. */
  void advance(Duration duration);

  /** Time since the world began. */
  Duration now();

  /**
   * Returns the failure of a call on the loop, to be thrown by the thread that waits for it. A suppressed exception has
   * the stack of that thread.
   */
  static RuntimeException failure(ExecutionException e) {
    Throwable cause = Objects.requireNonNull(e.getCause());
    cause.addSuppressed(new Exception("the lab was called here"));
    return thrown(cause);
  }

  /**
   * Returns a failure as a runtime exception; throws it unchanged if it is an {@link Error}, such as a failed
   * assertion.
   */
  static RuntimeException thrown(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return Exceptions.propagate(cause);
  }

  /** The world's date. */
  Instant date();

  /** The most recent lines that were logged in the world. */
  List<LogLine> log();

  /** The signals that reached the world from outside. */
  List<Escape> escapes();

  /** Sets the conditions to check after each instant. Called once, before the world is used. */
  void obey(Invariants conditions);

  /**
   * Gives code of the world access to the names of the hosts. Called once, before the world is used. In real time no
   * thread belongs to the world, so nothing is done.
   */
  default void knows(Inventory inventory) {}

  /** Starts a thread of a host for code that may block; called on the loop. */
  void startThread(Life life, String name, Runnable task);

  /** Drops the threads of a host; called on the loop. */
  void dropThreads(Life life);

  /** Stops the loop and its thread. */
  void close();
}
