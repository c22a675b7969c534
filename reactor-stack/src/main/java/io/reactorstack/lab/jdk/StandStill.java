package io.reactorstack.lab.jdk;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Real waits of a world's own thread: the world stands still meanwhile. They are here, in methods of their own, so that
 * BlockHound can be told of them, and they measure by the machine's clock although the world's thread has another.
 */
final class StandStill {

  /** The longest park: a wake-up that was missed costs no more. */
  private static final long LOOK_NANOS = 1_000_000;

  private StandStill() {}

  /** Waits until the machine's clock shows {@code due} nanoseconds. */
  static void until(long due) {
    for (long left = due - JdkClocks.machineNanoTime(); left > 0; left = due - JdkClocks.machineNanoTime()) {
      LockSupport.parkNanos(StandStill.class, left);
    }
  }

  /** Waits for {@code condition}, at most {@code nanos}, and returns whether it holds. Whoever makes it true may unpark the thread. */
  static boolean until(BooleanSupplier condition, long nanos) {
    long end = JdkClocks.machineNanoTime() + nanos;
    while (!condition.getAsBoolean()) {
      long left = end - JdkClocks.machineNanoTime();
      if (left <= 0 || Thread.currentThread().isInterrupted()) {
        return condition.getAsBoolean();
      }
      LockSupport.parkNanos(StandStill.class, Math.min(left, LOOK_NANOS));
    }
    return true;
  }

  /** Waits for {@code condition}, however long it takes. */
  static void until(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      LockSupport.parkNanos(StandStill.class, LOOK_NANOS);
    }
  }
}
