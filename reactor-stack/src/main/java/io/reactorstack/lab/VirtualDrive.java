package io.reactorstack.lab;

import io.netty.channel.IoEventLoop;
import io.reactorstack.lab.world.RoutedSchedulers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Moves a world in virtual time: runs all that is due now, then jumps to the next deadline. */
final class VirtualDrive implements Drive {

  private final VirtualClock clock;
  private final VirtualLoop loop;
  private final LabThread thread = new LabThread();
  private final LabWorld world;
  private boolean driving;

  VirtualDrive(Seeds seeds, Instant start) {
    this.clock = new VirtualClock(start);
    this.loop = new VirtualLoop(clock);
    this.world = new LabWorld(clock, loop, seeds);
    thread.thread().world(world);
    loop.setOwningThread(thread.thread());
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
    return loop;
  }

  @Override
  public <T> T call(Callable<T> action) {
    return thread.call(action);
  }

  @Override
  @SuppressWarnings("NullAway") // Callable may return null where the caller's T is nullable
  public <T> @Nullable T await(Mono<T> mono, Duration limit) {
    return thread.call(() -> driven(() -> drive(mono, limit)));
  }

  @Override
  public void advance(Duration duration) {
    thread.call(() -> driven(() -> {
      long end = clock.nanoTime() + duration.toNanos();
      loop.settle();
      while (loop.nextDeadline() <= end && !Thread.currentThread().isInterrupted()) {
        step();
      }
      clock.moveTo(end);
      return true;
    }));
  }

  @Override
  public Duration now() {
    return thread.call(clock::elapsed);
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
  public void close() {
    thread.call(() -> {
      loop.shutdownGracefully(0, 0, TimeUnit.NANOSECONDS);
      // The loop waits until more than its quiet period, here nothing, has passed on its clock.
      clock.run();
      while (!loop.isTerminated()) {
        loop.runNow();
      }
      thread.end();
      return true;
    });
  }

  /** Time moves in one place at a time: what runs in the world cannot wait for the world. */
  private <T> T driven(Callable<T> action) throws Exception {
    if (driving) {
      throw new IllegalStateException("the lab is being driven already: compose publishers, do not wait inside one");
    }
    driving = true;
    try {
      return action.call();
    } finally {
      driving = false;
    }
  }

  private <T> @Nullable T drive(Mono<T> mono, Duration limit) {
    long end = clock.nanoTime() + limit.toNanos();
    Outcome<T> outcome = new Outcome<>();
    loop.execute(() -> mono.subscribe(outcome));
    loop.settle();
    while (!outcome.isDone()) {
      long next = loop.nextDeadline();
      if (next > end || Thread.currentThread().isInterrupted()) {
        outcome.cancel();
        loop.settle();
        throw new StalledException(reason(next, limit));
      }
      step();
    }
    Throwable cause = outcome.cause();
    if (cause != null) {
      throw Exceptions.propagate(cause);
    }
    return outcome.value();
  }

  private void step() {
    clock.moveTo(loop.nextDeadline());
    loop.settle();
  }

  private String reason(long next, Duration limit) {
    if (next == VirtualLoop.NEVER) {
      return "the world is idle at " + clock.elapsed()
          + ": no timer is set and no frame under way that could end the publisher"
          + " (work on other threads is not waited for in virtual time; use lab.scheduler())";
    }
    if (Thread.interrupted()) {
      return "interrupted at " + clock.elapsed();
    }
    return "the publisher has not ended within " + limit + " of virtual time; it is " + clock.elapsed();
  }

}
