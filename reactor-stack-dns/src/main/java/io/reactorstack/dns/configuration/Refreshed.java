package io.reactorstack.dns.configuration;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import reactor.core.scheduler.Scheduler;

/**
 * A value that is loaded again on another thread if a caller asks for it after it has become old. Has no thread and no
 * timer of its own: a value that nobody asks for is never loaded again.
 *
 * <p>May be used on any thread.
 */
public final class Refreshed<T> {

  private final long period;
  private final LongSupplier clock;
  private final Scheduler worker;
  private final UnaryOperator<T> load;
  private final AtomicBoolean loading = new AtomicBoolean();
  private volatile T current;
  private volatile long looked;

  /**
   * Creates the value.
   *
   * @param period the age at which the value is old
   * @param clock the time in nanoseconds
   * @param worker runs {@code load}, which may block
   * @param first the value until the end of the first load
   * @param load returns the new value for the present one; if it throws, the present one remains
   */
  public Refreshed(Duration period, LongSupplier clock, Scheduler worker, T first, UnaryOperator<T> load) {
    this.period = period.toNanos();
    this.clock = clock;
    this.worker = worker;
    this.current = first;
    this.load = load;
    this.looked = clock.getAsLong();
  }

  /** Returns the present value without waiting, and starts a load if it is old and no load is under way. */
  public T get() {
    long now = clock.getAsLong();
    if (now - looked >= period && loading.compareAndSet(false, true)) {
      looked = now;
      try {
        worker.schedule(this::reload);
      } catch (RejectedExecutionException e) {
        // The worker takes no task at present: the value remains until the next period.
        loading.set(false);
      }
    }
    return current;
  }

  private void reload() {
    try {
      current = load.apply(current);
    } finally {
      loading.set(false);
    }
  }
}
