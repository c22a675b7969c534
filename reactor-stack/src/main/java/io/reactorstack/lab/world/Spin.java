package io.reactorstack.lab.world;

import java.util.function.BooleanSupplier;

/**
 * Looks for something for up to some tens of microseconds before its thread goes to sleep, as long as that pays: to wake a
 * thread takes as long. On a machine whose processors are busy the looks find nothing, and the spin all but ceases.
 *
 * <p>One object serves all threads of a kind, so that a short-lived world knows what others have found out. They change its
 * numbers without a lock: a lost change is a slightly worse guess.
 */
public final class Spin {

  private static final int MOST = Runtime.getRuntime().availableProcessors() > 1 ? 50_000 : 0;
  private static final int FIRST = Math.min(4_000, MOST);
  private static final int LEAST = 32;
  /** While looking does not pay: occasions until it is tried again. */
  private static final int PAUSE = 64;

  private int budget = FIRST;
  private int skipped;

  /** Whether {@code there} became true within the looks that are worth it; at least one. */
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
