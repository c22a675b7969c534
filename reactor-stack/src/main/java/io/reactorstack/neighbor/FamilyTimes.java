package io.reactorstack.neighbor;

import java.time.Duration;

/**
 * The two times of reachability detection that routers may change for the IPv6 neighbours of a link (RFC 4861 section
 * 6.3.2). In nanoseconds.
 */
final class FamilyTimes {

  /** RFC 7048 3: MAX_RETRANS_TIMER. */
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  private final boolean backsOff;
  private long base;
  private long reachable;
  private long retransTimer;

  /**
   * Creates the times of {@code detection}.
   *
   * @param backsOff whether the pauses between the attempts to resolve a silent neighbour grow
   */
  FamilyTimes(NeighborSettings.Detection detection, boolean backsOff) {
    this.backsOff = backsOff;
    this.base = detection.reachableTime().toNanos();
    this.retransTimer = detection.retransTimer().toNanos();
  }

  /**
   * Draws ReachableTime: uniformly distributed between 0.5 and 1.5 times the base value.
   *
   * @param fraction a random number from 0 to 1
   */
  void draw(double fraction) {
    reachable = (long) (base * (0.5 + fraction));
  }

  /** Sets the base of ReachableTime; returns whether that is another one than before. */
  boolean base(Duration value) {
    boolean differs = base != value.toNanos();
    base = value.toNanos();
    return differs;
  }

  void retransTimer(Duration value) {
    retransTimer = value.toNanos();
  }

  /**
   * The pause after a failed resolution, in nanoseconds. For IPv6 it doubles with each further failure (RFC 7048 section
   * 3).
   *
   * @param first the pause after the first failure
   * @param failures the number of failures before
   */
  long pause(Duration first, int failures) {
    long longest = Math.max(first.toNanos(), LONGEST_PAUSE.toNanos());
    return backsOff ? Math.min(longest, first.toNanos() << Math.min(failures, 6)) : first.toNanos();
  }

  /** The time for which a confirmed neighbour is reachable. */
  long reachable() {
    return reachable;
  }

  /** The time between two solicitations. */
  long retransTimer() {
    return retransTimer;
  }
}
