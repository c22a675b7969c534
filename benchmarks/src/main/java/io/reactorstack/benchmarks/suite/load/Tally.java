package io.reactorstack.benchmarks.suite.load;

import java.util.concurrent.atomic.AtomicLong;

/** A count with one writer, which any thread may read. */
public final class Tally {

  private final AtomicLong value = new AtomicLong();

  /** Called by the writer. */
  public void add(long more) {
    value.lazySet(value.getPlain() + more);
  }

  /** The sum so far. */
  public long sum() {
    return value.get();
  }
}
