package io.reactorstack.layer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.LongSupplier;

/**
 * A number that only grows. A stage looks its counters up once and keeps them, so that counting a unit needs no lookup
 * by name.
 *
 * <p>Written by one thread, the event loop of its shard; readable from any thread. A reader never sees a partly written
 * value, and sees the latest one soon after it was written.
 */
public final class Counter implements LongSupplier {

  private static final VarHandle VALUE;

  static {
    try {
      VALUE = MethodHandles.lookup().findVarHandle(Counter.class, "value", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private long value;

  Counter() {}

  /** Adds one. */
  public void increment() {
    add(1);
  }

  /** Adds {@code n}, which is not negative. */
  public void add(long n) {
    VALUE.setOpaque(this, value + n);
  }

  /** The current value. */
  @Override
  public long getAsLong() {
    return (long) VALUE.getOpaque(this);
  }

  @Override
  public String toString() {
    return Long.toString(getAsLong());
  }
}
