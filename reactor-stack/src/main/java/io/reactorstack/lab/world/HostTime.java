package io.reactorstack.lab.world;

import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The clock of one host. Its monotonic time may run faster or slower than the world's (drift), and its date may also be
 * shifted by an offset. May be read by any thread; drift is changed on the loop.
 */
public final class HostTime implements Ticker {

  /** The largest drift in parts per million: the clock runs at 0.5 to 1.5 times the world's speed. */
  public static final long MAX_PPM = 500_000;

  private static final long MILLION = 1_000_000;

  /** The readings of both clocks when the drift was set, in nanoseconds, and the drift. */
  private record Line(long world, long host, long ppm) {

    long at(long now) {
      long passed = now - world;
      return host + passed + passed / MILLION * ppm + Math.floorDiv(passed % MILLION * ppm, MILLION);
    }
  }

  private final Ticker world;
  private final LongSupplier epochNanos;
  private volatile Line line = new Line(0, 0, 0);
  private volatile long offset;

  HostTime(Ticker world, LongSupplier epochNanos) {
    this.world = world;
    this.epochNanos = epochNanos;
  }

  /** Sets the drift: this clock gains {@code ppm} microseconds in each second of the world. */
  public void drift(long ppm) {
    long now = world.nanoTime();
    line = new Line(now, line.at(now), ppm);
  }

  /** The present drift, in parts per million. */
  public long drift() {
    return line.ppm;
  }

  /** Sets the offset of the date: {@code nanos} ahead of the date without any offset. */
  public void offset(long nanos) {
    offset = nanos;
  }

  /** The offset of the date, in nanoseconds. */
  public long offset() {
    return offset;
  }

  @Override
  public long initialNanoTime() {
    return world.initialNanoTime();
  }

  @Override
  public long nanoTime() {
    return line.at(world.nanoTime());
  }

  /** The host's date in nanoseconds since 1970-01-01T00:00:00Z. */
  public long epochNanos() {
    // The world's date and its monotonic time differ by a constant only.
    return epochNanos.getAsLong() + (nanoTime() - world.nanoTime()) + offset;
  }

  /** Returns the shortest world time in which {@code delay} passes on this clock, both in nanoseconds. */
  long worldDelay(long delay) {
    Line now = line;
    if (now.ppm == 0 || delay <= 0) {
      return delay;
    }
    long begin = world.nanoTime();
    long there = now.at(begin) + delay;
    if (there < 0) {
      return delay;
    }
    long guess = (long) (delay / (1 + (double) now.ppm / MILLION));
    while (now.at(begin + guess) < there) {
      guess += Math.max(1, there - now.at(begin + guess));
    }
    while (guess > 0 && now.at(begin + guess - 1) >= there) {
      guess--;
    }
    return guess;
  }

  @Override
  public void sleep(long delay, TimeUnit unit) throws InterruptedException {
    world.sleep(worldDelay(unit.toNanos(delay)), TimeUnit.NANOSECONDS);
  }
}
