package io.reactorstack.dns;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Values that were computed a short time ago, a fixed number of them: each takes the place of the last one with the same
 * place, if it is asked for twice in a row there. May be used by several threads.
 *
 * @param <T> an immutable value that contains what it was computed from
 */
final class RecentValues<T> {

  private static final int BITS = 10;

  /** Spreads the bits of a hash code over its upper ones: an odd number near 2<sup>32</sup> divided by the golden ratio. */
  private static final int SPREAD = 0x9e3779b9;

  private final AtomicReferenceArray<@Nullable T> places = new AtomicReferenceArray<>(1 << BITS);

  /** The last hash code that was asked for at each place. Threads may overwrite each other's, which only delays a value. */
  private final int[] asked = new int[1 << BITS];

  /** Returns the last value with a hash code like {@code hash}, which may be another one's, or {@code null}. */
  @Nullable
  T find(int hash) {
    return places.getAcquire(place(hash));
  }

  /** Returns whether a value with {@code hash} is worth its place: it was the last one that was asked for there too. */
  boolean isAskedAgain(int hash) {
    int place = place(hash);
    boolean again = asked[place] == hash;
    asked[place] = hash;
    return again;
  }

  void keep(int hash, T value) {
    places.setRelease(place(hash), value);
  }

  private static int place(int hash) {
    return hash * SPREAD >>> Integer.SIZE - BITS;
  }
}
