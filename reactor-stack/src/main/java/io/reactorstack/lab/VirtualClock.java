package io.reactorstack.lab;

import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;

/** A clock that stands still until it is moved. */
final class VirtualClock implements Ticker {

  /** Where time begins: not at zero, which protocols take for "never" or "absent". */
  static final long ORIGIN = TimeUnit.SECONDS.toNanos(1);

  private long now = ORIGIN;
  private boolean running;

  void moveTo(long nanos) {
    now = Math.max(now, nanos);
  }

  /** From now on a nanosecond passes with each look at the clock: for a loop that ends, which would really sleep otherwise. */
  void run() {
    running = true;
  }

  @Override
  public long initialNanoTime() {
    return ORIGIN;
  }

  @Override
  public long nanoTime() {
    return running ? ++now : now;
  }

  @Override
  public void sleep(long delay, TimeUnit unit) {
    throw new UnsupportedOperationException("virtual time passes only while the lab is driven");
  }
}
