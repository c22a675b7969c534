package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A time of a world that has not come yet: see {@link Lab#at}. */
public final class Moment {

  private final Lab lab;
  private final Duration time;

  Moment(Lab lab, Duration time) {
    this.lab = lab;
    this.time = time;
  }

  /**
   * Runs {@code action} when it is this time, on the lab's thread, once; closing the scope before cancels it. What it throws lets
   * the world fail, at the {@link Lab#await} or {@link Lab#advance} that is under way.
   *
   * @throws IllegalArgumentException if this time is past
   */
  public Scope run(Runnable action) {
    Checks.given("action to run", action);
    return lab.call(() -> {
      Duration left = time.minus(lab.now());
      if (left.isNegative()) {
        throw new IllegalArgumentException("at " + time + " is past: it is " + lab.now());
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
