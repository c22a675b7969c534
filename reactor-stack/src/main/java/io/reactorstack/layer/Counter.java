package io.reactorstack.layer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.LongSupplier;

/**
 * A number that only grows. A stage that counts each unit holds the counter and asks for no name at the time.
 *
 * <p>Written by one thread, the event loop of its shard; readable from any thread. A reader sees each value whole and, soon
 * after, the latest.
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

  /** The number. */
  @Override
  public long getAsLong() {
    return (long) VALUE.getOpaque(this);
  }

  @Override
  public String toString() {
    return Long.toString(getAsLong());
  }
}
