package io.reactorstack.benchmarks.suite;

import java.time.Duration;

/**
 * The durations and sizes of a measurement.
 *
 * @param windows the number of measured windows of each contestant
 * @param window the time of one window
 * @param warmUp the time for which each contestant works before the first window
 * @param idle the number of idle connections in the groups that have them; a smoke run has a thousand
 * @param profile whether the report says where the time of the subjects goes; the values are then a little lower
 */
public record Plan(int windows, Duration window, Duration warmUp, int idle, boolean profile) {

  /** Checks the ranges. */
  public Plan {
    if (windows < 1 || !window.isPositive() || warmUp.isNegative() || idle < 1) {
      throw new IllegalArgumentException("windows " + windows + ", window " + window + ", warm-up " + warmUp
          + ", idle connections " + idle);
    }
  }

  /** Returns the plan of a run that only shows that everything works. */
  public static Plan smoke() {
    return new Plan(1, Duration.ofMillis(100), Duration.ZERO, 1000, false);
  }

  /** Returns whether the windows are too short for figures. */
  public boolean isSmoke() {
    return window.toMillis() < 500;
  }
}
