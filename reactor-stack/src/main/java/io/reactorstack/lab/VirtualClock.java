package io.reactorstack.lab;

import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** A clock that stands still until it is moved. */
final class VirtualClock implements Ticker {

  /** Where time begins: not at zero, which protocols take for "never" or "absent". */
  static final long ORIGIN = TimeUnit.SECONDS.toNanos(1);

  private final Instant start;
  private final long epochOrigin;
  // Read by threads outside, such as that of the test, while the world moves.
  private volatile long now = ORIGIN;
  private boolean running;

  /** A clock that stands at {@code start}. */
  VirtualClock(Instant start) {
    this.start = start;
    this.epochOrigin = Math.addExact(TimeUnit.SECONDS.toNanos(start.getEpochSecond()), start.getNano()) - ORIGIN;
  }

  /** The date in nanoseconds since 1970-01-01T00:00:00Z. */
  long epochNanos() {
    return epochOrigin + nanoTime();
  }

  /** The date. */
  Instant date() {
    return start.plusNanos(nanoTime() - ORIGIN);
  }

  /** Time since the clock began. */
  Duration elapsed() {
    return Duration.ofNanos(nanoTime() - ORIGIN);
  }

  void moveTo(long nanos) {
    now = Math.max(now, nanos);
  }

  /** From now on a nanosecond passes with each look at the clock: for a loop that ends, which would really sleep otherwise. */
  void run() {
    running = true;
  }

  @Override
  public long initialNanoTime() {
    return ORIGIN;
  }

  @Override
  public long nanoTime() {
    if (running) {
      moveTo(now + 1);
    }
    return now;
  }

  @Override
  public void sleep(long delay, TimeUnit unit) {
    throw new UnsupportedOperationException("virtual time passes only while the lab is driven");
  }
}
