package io.reactorstack.lab.jdk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Selector;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Real waits of a world's own thread: the world stands still meanwhile. They measure by the machine's clock, although that thread
 * has another, and wait as event loops do, in a selector: a user's BlockHound would take any other wait of this thread for a fault.
 */
final class StandStill {

  /** Most waits end within this time; to sleep and to wake takes longer. */
  private static final long SPIN_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  private StandStill() {}

  /** Waits until the machine's clock shows {@code due} nanoseconds. */
  static void until(long due) {
    until(() -> JdkClocks.machineNanoTime() - due >= 0);
  }

  /** Waits for {@code condition}, however long it takes. */
  static void until(BooleanSupplier condition) {
    boolean holds = false;
    while (!holds) {
      holds = until(condition, Long.MAX_VALUE);
    }
  }

  /** Waits for {@code condition}, at most {@code nanos} and until the thread is interrupted, and returns whether it holds. */
  static boolean until(BooleanSupplier condition, long nanos) {
    long start = JdkClocks.machineNanoTime();
    while (JdkClocks.machineNanoTime() - start < Math.min(SPIN_NANOS, nanos)) {
      if (condition.getAsBoolean()) {
        return true;
      }
    }
    try (Selector clock = Selector.open()) {
      while (!condition.getAsBoolean()) {
        if (JdkClocks.machineNanoTime() - start >= nanos || Thread.currentThread().isInterrupted()) {
          return condition.getAsBoolean();
        }
        clock.select(1);
      }
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException("a world cannot stand still", e);
    }
  }

  /** Gives the core to other threads for about a millisecond. */
  static void yieldCore() {
    until(() -> false, 20 * SPIN_NANOS);
  }
}
