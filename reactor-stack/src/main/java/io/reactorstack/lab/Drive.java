package io.reactorstack.lab;

import io.netty.channel.IoEventLoop;
import io.reactorstack.lab.report.LogLine;
import io.reactorstack.lab.report.WaitLook;
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

/** The parts that move a world: its one event loop, its one thread and its clock. */
sealed interface Drive permits VirtualDrive, RealTimeDrive {

  /** The world's loop: a task belongs to the host whose code hands it in. */
  IoEventLoop loop();

  /** The same loop for what belongs to no host, such as a wire. */
  IoEventLoop neutralLoop();

  /** The lives of the hosts. */
  Lives lives();

  /** The world's thread and time for Reactor. */
  Scheduler scheduler();

  /** Runs {@code action} on the loop's thread and waits for it; without moving time. */
  <T> T call(Callable<T> action);

  /**
   * Gives {@code reader} a sentence on how the world can be read, which is empty if it stands still meanwhile. Never fails for
   * reasons of its own, changes nothing, and waits a second of real time at most.
   */
  <T> T look(Function<String, T> reader);

  /** Makes sure that what runs in the world gets the world's time. */
  void prepare();

  /** The awaited publisher, and the next event of the world; to be called by a reader of {@link #look}. */
  WaitLook waiting();

  /**
   * Subscribes to {@code mono} on the loop and moves time until it ends, at most by {@code limit}.
   *
   * @param witness is shown an error that the world ends the wait with, while it is as it was then, before anything is cancelled
   */
  <T> @Nullable T await(Mono<T> mono, Duration limit, Consumer<Throwable> witness);

  /** Runs {@code code}, which may block, in the world, and moves time until it ends, as {@code await} does. */
  <T> @Nullable T blocking(Callable<T> code, Duration limit, Consumer<Throwable> witness);

  /** Runs {@code code} outside the world, which stands still meanwhile. */
  <T> @Nullable T outside(Callable<T> code) throws Exception;

  /** Whether code that waits has stopped the thread for good. */
  boolean isStopped();

  /** Lets {@code duration} pass. */
  void advance(Duration duration);

  /** Time since the world began. */
  Duration now();

  /** The failure of an order as the thread that waits for it throws it; its suppressed trace says which line waited. */
  static RuntimeException failure(ExecutionException e) {
    Throwable cause = Objects.requireNonNull(e.getCause());
    cause.addSuppressed(new Exception("the lab was asked here"));
    return thrown(cause);
  }

  /** A cause as it is thrown: an error, such as a failed assertion, as it is. */
  static RuntimeException thrown(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return Exceptions.propagate(cause);
  }

  /** The world's date. */
  Instant date();

  /** The last lines that were logged in the world. */
  List<LogLine> log();

  /** The signals that reached the world from outside. */
  List<Escape> escapes();

  /** Asks {@code conditions} after each instant from now on. Called once, before the world is used. */
  void obey(Invariants conditions);

  /** Starts a thread of a host, for code that may block; on the loop. */
  void startThread(Life life, String name, Runnable task);

  /** Drops the threads of a host; on the loop. */
  void dropThreads(Life life);

  /** Ends the loop and its thread. */
  void close();
}
