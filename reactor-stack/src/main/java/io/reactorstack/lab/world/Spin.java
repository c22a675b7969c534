package io.reactorstack.lab.world;

import java.util.function.BooleanSupplier;

/**
 * Polls a condition for up to tens of microseconds before its thread goes to sleep, as long as that pays off: waking a
 * thread takes about as long. On a machine whose processors are busy the polling finds nothing, and the spin is all but
 * switched off.
 *
 * <p>One object serves all threads of a kind, so that a short-lived world uses what earlier ones have measured. The
 * threads update its numbers without a lock: a lost update only makes the estimate slightly worse.
 */
public final class Spin {

  private static final int MOST = Runtime.getRuntime().availableProcessors() > 1 ? 50_000 : 0;
  private static final int FIRST = Math.min(4_000, MOST);
  private static final int LEAST = 32;
  /** While spinning does not pay off: the number of calls skipped before it is tried again. */
  private static final int PAUSE = 64;

  private int budget = FIRST;
  private int skipped;

  /** Returns whether {@code there} became true while polling; it is polled at least once. */
  public boolean sees(BooleanSupplier there) {
    if (there.getAsBoolean()) {
      return true;
    }
    int looks = looks();
    for (int look = 0; look < looks; look++) {
      // No Thread.onSpinWait: BlockHound takes it for blocking on an event loop's thread.
      if (there.getAsBoolean()) {
        budget = Math.min(MOST, looks * 2);
        return true;
      }
    }
    if (looks > 0) {
      budget = looks / 2;
    }
    return false;
  }

  private int looks() {
    if (budget >= LEAST) {
      return budget;
    }
    if (++skipped < PAUSE) {
      return 0;
    }
    skipped = 0;
    return MOST;
  }
}
