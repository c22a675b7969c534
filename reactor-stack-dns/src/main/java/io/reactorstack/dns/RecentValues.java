package io.reactorstack.dns;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Values that were computed a short time ago, a fixed number of them: each takes the place of the last one with the same
 * place. May be used by several threads.
 *
 * @param <T> an immutable value that contains what it was computed from
 */
final class RecentValues<T> {

  private static final int BITS = 10;

  /** Spreads the bits of a hash code over its upper ones: an odd number near 2<sup>32</sup> divided by the golden ratio. */
  private static final int SPREAD = 0x9e3779b9;

  private final AtomicReferenceArray<@Nullable T> places = new AtomicReferenceArray<>(1 << BITS);

  /** Returns the last value with a hash code like {@code hash}, which may be another one's, or {@code null}. */
  @Nullable
  T find(int hash) {
    return places.getAcquire(place(hash));
  }

  void keep(int hash, T value) {
    places.setRelease(place(hash), value);
  }

  private static int place(int hash) {
    return hash * SPREAD >>> Integer.SIZE - BITS;
  }
}
