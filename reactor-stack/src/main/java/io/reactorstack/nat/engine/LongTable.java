package io.reactorstack.nat.engine;

import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A hash table with {@code long} keys and linear probing: 12 octets a slot, and no object for an entry. The hash function
 * is drawn at random, so that senders of packets cannot choose keys that collide.
 */
final class LongTable<E> {

  private static final int LEAST = 8;
  private static final long MIX = 0x9e37_79b9_7f4a_7c15L;

  private final long salt;
  private final long factor;
  private long[] keys = new long[LEAST];
  private @Nullable Object[] values = new @Nullable Object[LEAST];
  private int size;

  /** Creates an empty table whose hash function is drawn from {@code random}. */
  LongTable(RandomGenerator random) {
    salt = random.nextLong();
    factor = random.nextLong() | 1;
  }

  int size() {
    return size;
  }

  /** The number of slots. */
  int capacity() {
    return keys.length;
  }

  @SuppressWarnings("unchecked") // put stores values of this type only
  @Nullable
  E get(long key) {
    return (E) values[slot(key)];
  }

  /** Adds an entry, or replaces the value of the entry with this key. */
  void put(long key, E value) {
    int slot = slot(key);
    boolean added = values[slot] == null;
    keys[slot] = key;
    values[slot] = value;
    if (added && ++size > keys.length / 4 * 3) {
      resize(keys.length * 2);
    }
  }

  /** Removes the entry with this key, if there is one. */
  void remove(long key) {
    int hole = slot(key);
    if (values[hole] == null) {
      return;
    }
    int mask = keys.length - 1;
    // Entries behind the hole move into it unless that would put them in front of their home slot.
    for (int i = hole + 1 & mask; values[i] != null; i = i + 1 & mask) {
      int home = home(keys[i]);
      if ((i - home & mask) >= (i - hole & mask)) {
        keys[hole] = keys[i];
        values[hole] = values[i];
        hole = i;
      }
    }
    values[hole] = null;
    size--;
    if (keys.length > LEAST && size < keys.length / 8) {
      resize(keys.length / 2);
    }
  }

  /** Calls {@code action} for each value; the action must not change the table. */
  @SuppressWarnings("unchecked") // put stores values of this type only
  void forEach(Consumer<? super E> action) {
    for (Object value : values) {
      if (value != null) {
        action.accept((E) value);
      }
    }
  }

  /** Removes all entries. */
  void clear() {
    keys = new long[LEAST];
    values = new @Nullable Object[LEAST];
    size = 0;
  }

  /** Returns the slot of the entry with this key, or the empty slot for it. */
  private int slot(long key) {
    int mask = keys.length - 1;
    int slot = home(key);
    while (values[slot] != null && keys[slot] != key) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private int home(long key) {
    long h = (key ^ salt) * factor;
    h = (h ^ h >>> 32) * MIX;
    return (int) (h >>> 32) & keys.length - 1;
  }

  private void resize(int capacity) {
    long[] oldKeys = keys;
    @Nullable
    Object[] oldValues = values;
    keys = new long[capacity];
    values = new @Nullable Object[capacity];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldValues[i] != null) {
        int slot = slot(oldKeys[i]);
        keys[slot] = oldKeys[i];
        values[slot] = oldValues[i];
      }
    }
  }
}
