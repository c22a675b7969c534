package io.reactorstack.lab;

import io.netty.channel.IoEventLoop;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import io.reactorstack.lab.report.LogLine;
import io.reactorstack.lab.report.WaitReport;
import io.reactorstack.lab.world.Life;
import io.reactorstack.lab.world.Lives;
import io.reactorstack.lab.world.LoopScheduler;
import io.reactorstack.layer.LoopThread;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The engine of a world in real time, on its own event loop or on one that the user provides. */
final class RealTimeDrive implements Drive {

  /** Maximum time between two checks for new tasks while the loop has other tasks to run. */
  private static final long QUANTUM_MILLIS = 1;

  /** Interval at which conditions are checked. */
  private static final long ASK_MILLIS = 1;

  private final IoEventLoop loop;
  private final boolean own;
  private final long origin;
  private final InstantSource dates;
  private final Scheduler scheduler;
  private final Lives lives;
  private volatile Invariants invariants = new Invariants();

  /**
   * Creates the engine on {@code loop}, which its owner closes, or on a new loop if that is {@code null}. The world's
   * date begins at {@code start}, or is the machine's if that is {@code null}.
   */
  RealTimeDrive(@Nullable IoEventLoop loop, @Nullable Instant start) {
    this.own = loop == null;
    this.loop = loop != null
        ? loop
        : new SingleThreadIoEventLoop(null, LoopThread.factory("reactor-stack-lab"),
            LocalIoHandler.newFactory(),
            Integer.MAX_VALUE, RejectedExecutionHandlers.reject(), QUANTUM_MILLIS);
    this.origin = this.loop.ticker().nanoTime();
    this.dates = start == null ? Clock.systemUTC() : () -> start.plus(now());
    this.lives = new Lives(this.loop, this::epochNanos, null);
    this.scheduler = LoopScheduler.shared(this.loop, this::epochNanos, "lab");
  }

  private long epochNanos() {
    Instant date = date();
    return TimeUnit.SECONDS.toNanos(date.getEpochSecond()) + date.getNano();
  }

  @Override
  public Instant date() {
    return dates.instant();
  }

  @Override
  public Scheduler scheduler() {
    return scheduler;
  }

  @Override
  public IoEventLoop neutralLoop() {
    return loop;
  }

  @Override
  public Lives lives() {
    return lives;
  }

  @Override
  public void obey(Invariants conditions) {
    this.invariants = conditions;
  }

  /** Runs the task on a real thread of Reactor's pool for blocking work, which nothing can end. */
  @Override
  public void startThread(Life life, String name, Runnable task) {
    Schedulers.boundedElastic().schedule(task);
  }

  @Override
  public void dropThreads(Life life) {
    // The threads go on; the loop runs no more tasks for them.
  }

  /** Does nothing: Reactor's own schedulers run on the machine's clock, as this world does. */
  @Override
  public void prepare() {
  }

  @Override
  public IoEventLoop loop() {
    return loop;
  }

  @Override
  public <T> T look(Function<String, T> reader) {
    return loop.inEventLoop() ? reader.apply("") : OutsideRead.at(loop, reader);
  }

  @Override
  public <T> T call(Callable<T> action) {
    FutureTask<T> task = new FutureTask<>(action);
    if (loop.inEventLoop()) {
      task.run();
    } else {
      mayBlock();
      loop.execute(task);
    }
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw Drive.failure(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Empty: in real time, lines logged in the world cannot be distinguished from other lines. */
  @Override
  public List<LogLine> log() {
    return List.of();
  }

  @Override
  public WaitReport waiting() {
    return WaitReport.NONE;
  }

  @Override
  public <T> @Nullable T await(Mono<T> mono, Duration limit, Consumer<Throwable> witness) {
    mayBlock();
    CompletableFuture<@Nullable T> future = mono.subscribeOn(scheduler).toFuture();
    Disposable asking = scheduler.schedulePeriodically(() -> ask(future), 0, ASK_MILLIS, TimeUnit.MILLISECONDS);
    try {
      return future.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw Drive.failure(e);
    } catch (TimeoutException e) {
      StalledException stalled = new StalledException(
          "the publisher has not ended within " + limit + "; it is " + now());
      witness.accept(stalled);
      future.cancel(true);
      throw stalled;
    } catch (InterruptedException e) {
      future.cancel(true);
      throw interrupted(e);
    } finally {
      asking.dispose();
    }
  }

  private void ask(CompletableFuture<?> waiting) {
    Throwable failure = invariants.check();
    if (failure != null) {
      waiting.completeExceptionally(failure);
    }
  }

  @Override
  @SuppressWarnings("NullAway") // Callable may return null where the caller's T is nullable
  public <T> @Nullable T blocking(Callable<T> code, Duration limit, Consumer<Throwable> witness) {
    mayBlock();
    return await(Mono.fromCallable(code).subscribeOn(Schedulers.boundedElastic()), limit, witness);
  }

  @Override
  @SuppressWarnings("NullAway") // as above
  public <T> @Nullable T outside(Callable<T> code) throws Exception {
    return code.call();
  }

  @Override
  public boolean isStopped() {
    // In real time a thread waits for real events, which may still come.
    return false;
  }

  @Override
  public void advance(Duration duration) {
    await(Mono.delay(duration, scheduler), duration.plusSeconds(60), failure -> {
    });
  }

  @Override
  public Duration now() {
    return Duration.ofNanos(loop.ticker().nanoTime() - origin);
  }

  /** Empty: in real time the seed alone never determines a run. */
  @Override
  public List<Escape> escapes() {
    return List.of();
  }

  @Override
  public void close() {
    if (own) {
      loop.shutdownGracefully(0, 5, TimeUnit.SECONDS);
      if (!loop.inEventLoop()) {
        loop.terminationFuture().awaitUninterruptibly();
      }
    }
  }

  private void mayBlock() {
    if (loop.inEventLoop() || Schedulers.isInNonBlockingThread()) {
      throw new IllegalStateException("a lab must be driven from a thread that may block, not from an event loop");
    }
  }

  private static RuntimeException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while waiting for the lab", e);
  }
}
