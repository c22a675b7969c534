package io.reactorstack.kernel;

import io.netty.channel.IoEventLoop;
import io.netty.channel.ManualIoEventLoop;
import io.netty.util.concurrent.Ticker;
import io.reactorstack.device.linux.LinuxIoHandler;
import io.reactorstack.layer.LoopThread;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An event loop in real time, for devices of the kernel, whose clock can be advanced: long timeouts pass in an instant. */
final class LeapingLoop implements AutoCloseable {

  /** The longest time for which the loop runs tasks before it looks for input, in nanoseconds. */
  private static final long QUANTUM = TimeUnit.MICROSECONDS.toNanos(200);

  private final Clock clock = new Clock();
  private final ManualIoEventLoop loop;

  private static final class Clock implements Ticker {

    /** The sum of all leaps; written by the thread of the loop only. */
    private volatile long ahead;

    void leap(long nanos) {
      ahead = ahead + nanos;
    }

    @Override
    public long initialNanoTime() {
      return systemTicker().initialNanoTime();
    }

    private static Ticker systemTicker() {
      return Ticker.systemTicker();
    }

    @Override
    public long nanoTime() {
      return systemTicker().nanoTime() + ahead;
    }

    @Override
    public void sleep(long delay, TimeUnit unit) {
      throw new UnsupportedOperationException("the loop waits for its devices only");
    }
  }

  /** Starts the loop. */
  LeapingLoop() {
    loop = new ManualIoEventLoop(null, null, LinuxIoHandler.newFactory(), clock);
    Thread thread = LoopThread.factory("leaping").newThread(this::run);
    loop.setOwningThread(thread);
    thread.start();
  }

  private void run() {
    while (!loop.isTerminated()) {
      loop.run(0, QUANTUM);
    }
  }

  IoEventLoop loop() {
    return loop;
  }

  /** Advances the clock; what is due then happens before later input. */
  void leap(Duration time) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    loop.execute(() -> {
      clock.leap(time.toNanos());
      loop.execute(() -> done.complete(null));
    });
    done.join();
  }

  @Override
  public void close() {
    loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
