package io.reactorstack.lab;

import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** A clock whose time changes only by {@link #moveTo}. */
final class VirtualClock implements Ticker {

  /** The initial reading. It is not zero because protocols use zero for "never" or "absent". */
  static final long ORIGIN = TimeUnit.SECONDS.toNanos(1);

  private final Instant start;
  private final long epochOrigin;
  // Threads outside, such as the test's, read it while the world moves.
  private volatile long now = ORIGIN;
  private boolean running;

  /** Creates a clock whose date is {@code start}. */
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

  /** Time since the clock was created. */
  Duration elapsed() {
    return Duration.ofNanos(nanoTime() - ORIGIN);
  }

  void moveTo(long nanos) {
    now = Math.max(now, nanos);
  }

  /**
   * Advances the clock by a nanosecond at each further reading: for a loop that shuts down, which would otherwise
   * really sleep.
   */
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
    throw new UnsupportedOperationException("virtual time passes only while a thread drives the lab");
  }
}
