package io.reactorstack.layer;

import java.util.function.LongSupplier;

/**
 * A number that rises and falls, such as the number of open connections.
 *
 * <p>Written by one thread, the event loop of its shard; readable from any thread.
 */
public final class Gauge implements LongSupplier {

  private volatile long value;

  Gauge() {}

  /** Sets the value. */
  public void set(long now) {
    value = now;
  }

  /** The current value. */
  @Override
  public long getAsLong() {
    return value;
  }

  @Override
  public String toString() {
    return Long.toString(value);
  }
}
