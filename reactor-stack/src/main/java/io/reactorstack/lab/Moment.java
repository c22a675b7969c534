package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A future time of a world: see {@link Lab#at}. */
public final class Moment {

  private final Lab lab;
  private final Duration time;

  Moment(Lab lab, Duration time) {
    this.lab = lab;
    this.time = time;
  }

  /**
   * Runs {@code action} at this time, once, on the lab's thread; closing the scope before cancels it. An exception of
   * the action makes the current {@link Lab#await} or {@link Lab#advance} fail.
   *
   * @throws IllegalArgumentException if this time is past
   */
  public Scope run(Runnable action) {
    Checks.given("action to run", action);
    return lab.call(() -> {
      Duration left = time.minus(lab.now());
      if (left.isNegative()) {
        throw new IllegalArgumentException("the time " + time + " is past: it is " + lab.now());
      }
      var timer = lab.neutralLoop().schedule(() -> {
        try {
          action.run();
        } catch (Throwable e) {
          lab.fail(e);
        }
      }, left.toNanos(), TimeUnit.NANOSECONDS);
      return lab.scope(() -> timer.cancel(false));
    });
  }

  @Override
  public String toString() {
    return "at " + time;
  }
}
