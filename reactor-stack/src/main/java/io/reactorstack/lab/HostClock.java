package io.reactorstack.lab;

import io.reactorstack.lab.world.HostTime;
import io.reactorstack.setting.Checks;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * The clock of one host as a {@link Clock} in UTC; initially the same as the world's. In virtual time, code of the host
 * reads this clock through {@code Instant.now()}, and its drift also affects {@code System.nanoTime()} and all timers
 * that this code sets.
 *
 * <p>A crash does not change the clock. In real time only the timers of the host's TCP/IP and code that uses this
 * object see the deviation.
 */
public final class HostClock extends Clock {

  private static final Duration MOST = Duration.ofDays(18_250);

  private final Lab lab;
  private final HostTime time;
  private final ZoneId zone;

  HostClock(Lab lab, HostTime time) {
    this(lab, time, ZoneOffset.UTC);
  }

  private HostClock(Lab lab, HostTime time, ZoneId zone) {
    this.lab = lab;
    this.time = time;
    this.zone = zone;
  }

  /**
   * Sets the date ahead of the world's date by {@code ahead}, which may be negative. Replaces an earlier skew.
   *
   * @param ahead from -18,250 to 18,250 days, some fifty years
   * @throws IllegalArgumentException if it is out of this range
   */
  public HostClock skew(Duration ahead) {
    long nanos = Checks.range("skew", ahead, MOST.negated(), MOST).toNanos();
    lab.run(() -> time.offset(nanos));
    return this;
  }

  /**
   * Lets the clock gain {@code ppm} microseconds in each further second of the world, or lose them if negative. Timers
   * that are already set do not move.
   *
   * @param ppm parts per million, from -500,000 to 500,000
   * @throws IllegalArgumentException if it is out of this range
   */
  public HostClock drift(int ppm) {
    Checks.range("drift", ppm, (int) -HostTime.MAX_PPM, (int) HostTime.MAX_PPM, "ppm");
    lab.run(() -> time.drift(ppm));
    return this;
  }

  /**
   * Moves the date by {@code by}, forward or back, like an administrator who sets the clock. Timers and
   * {@code System.nanoTime()} are not affected.
   *
   * @throws IllegalArgumentException if {@code by}, or the resulting skew, exceeds 18,250 days
   */
  public HostClock jump(Duration by) {
    long nanos = Checks.range("jump", by, MOST.negated(), MOST).toNanos();
    lab.run(() -> {
      Duration ahead = Duration.ofNanos(time.offset() + nanos);
      time.offset(Checks.range("skew after the jump", ahead, MOST.negated(), MOST).toNanos());
    });
    return this;
  }

  @Override
  public Instant instant() {
    long nanos = time.epochNanos();
    return Instant.ofEpochSecond(Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
  }

  @Override
  public ZoneId getZone() { return zone; }

  @Override
  public HostClock withZone(ZoneId other) {
    return Checks.given("zone", other).equals(zone) ? this : new HostClock(lab, time, other);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HostClock clock && clock.time.equals(time) && clock.zone.equals(zone);
  }

  @Override
  public int hashCode() {
    return time.hashCode() ^ zone.hashCode();
  }

  @Override
  public String toString() {
    return "the host's clock, " + zone;
  }
}
