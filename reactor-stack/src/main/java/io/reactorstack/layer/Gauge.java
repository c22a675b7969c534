package io.reactorstack.layer;

import java.util.function.LongSupplier;

/**
 * A number that rises and falls, such as that of open connections.
 *
 * <p>Written by one thread, the event loop of its shard; readable from any thread.
 */
public final class Gauge implements LongSupplier {

  private volatile long value;

  Gauge() {}

  /** Replaces the number. */
  public void set(long now) {
    value = now;
  }

  /** The number. */
  @Override
  public long getAsLong() {
    return value;
  }

  @Override
  public String toString() {
    return Long.toString(value);
  }
}
