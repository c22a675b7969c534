package io.reactorstack.ndp;

import io.reactorstack.layer.Timers;
import io.reactorstack.wire.NdpOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Values that routers have advertised, each with the time until which it is valid, in the order of their first
 * advertisement. Bounded, since any station of the link can send advertisements.
 *
 * @param <K> what identifies a value
 * @param <V> the value
 */
final class LifetimeTable<K, V> {

  private record Held<V>(V value, long until) {}

  private final int most;
  private final Map<K, Held<V>> held = new LinkedHashMap<>();

  /** Creates an empty table of at most {@code most} values. */
  LifetimeTable(int most) {
    this.most = most;
  }

  /**
   * Returns the time at which {@code seconds} after {@code now} end; {@link Timers#NEVER} for a lifetime that does not
   * end.
   *
   * @param seconds a lifetime as in a message: 32 bits
   */
  static long end(long now, long seconds) {
    long end = now + seconds * 1_000_000_000L;
    return seconds == NdpOption.FOREVER || end < now ? Timers.NEVER : end;
  }

  /**
   * Adds the value, or replaces that of the same key in its place.
   *
   * @return false if the table is full
   */
  boolean put(K key, V value, long until) {
    if (!held.containsKey(key) && isFull()) {
      return false;
    }
    held.put(key, new Held<>(value, until));
    return true;
  }

  boolean isFull() { return held.size() >= most; }

  boolean contains(K key) {
    return held.containsKey(key);
  }

  /** Passes each value with its key, in the order of their first advertisement. */
  void forEach(BiConsumer<? super K, ? super V> action) {
    held.forEach((key, each) -> action.accept(key, each.value));
  }

  /** Removes the value of {@code key}; returns whether there was one. */
  boolean remove(K key) {
    return held.remove(key) != null;
  }

  /** Removes all values that {@code unwanted} matches. */
  void removeIf(BiPredicate<? super K, ? super V> unwanted) {
    held.entrySet().removeIf(each -> unwanted.test(each.getKey(), each.getValue().value));
  }

  /** Removes the values whose time has come. */
  void expire(long now) {
    held.values().removeIf(each -> each.until <= now);
  }

  /** The time at which the next value ends, or {@link Timers#NEVER}. */
  long next() {
    long earliest = Timers.NEVER;
    for (Held<V> each : held.values()) {
      earliest = Math.min(earliest, each.until);
    }
    return earliest;
  }

  /** Returns the key whose value ends first, or {@code null} if the table is empty. */
  @Nullable
  K shortest() {
    Map.Entry<K, Held<V>> first = null;
    for (Map.Entry<K, Held<V>> each : held.entrySet()) {
      if (first == null || each.getValue().until < first.getValue().until) {
        first = each;
      }
    }
    return first == null ? null : first.getKey();
  }

  void clear() {
    held.clear();
  }

  /** The keys, in the order of their first advertisement. */
  List<K> keys() {
    return List.copyOf(held.keySet());
  }
}
