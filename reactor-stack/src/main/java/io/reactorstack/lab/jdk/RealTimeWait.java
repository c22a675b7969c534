package io.reactorstack.lab.jdk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Selector;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Real-time waits of a world's own thread; the world pauses meanwhile. They measure time by the machine's clock,
 * although that thread has another one, and wait in a selector as event loops do: BlockHound, if a user has installed
 * it, would report any other wait of this thread as an error.
 */
final class RealTimeWait {

  /** Most waits end within this time; sleeping and waking would take longer. */
  private static final long SPIN_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  private RealTimeWait() {}

  /** Waits until the machine's clock shows {@code due} nanoseconds. */
  static void until(long due) {
    until(() -> JdkClocks.machineNanoTime() - due >= 0);
  }

  /** Waits for {@code condition} without a limit. */
  static void until(BooleanSupplier condition) {
    boolean holds = false;
    while (!holds) {
      holds = until(condition, Long.MAX_VALUE);
    }
  }

  /**
   * Waits for {@code condition} for at most {@code nanos}, or until the thread is interrupted; returns whether the
   * condition holds.
   */
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
      throw new UncheckedIOException("a real-time wait of a world failed", e);
    }
  }

  /** Yields the core to other threads for about a millisecond. */
  static void yieldCore() {
    until(() -> false, 20 * SPIN_NANOS);
  }
}
