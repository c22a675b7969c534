package io.reactorstack.dns.cache;

import java.util.Arrays;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the cache knows about one name: pairs of a type and what is known about it. Immutable. Few names have
 * more than three types, so a search from the start is the fastest.
 */
final class NameEntry {

  /** The estimated size of an entry's objects and of its place in the cache, in octets. */
  static final int OVERHEAD = 160;

  /** Stands for the name itself where a type is expected: its absence. */
  static final int NAME = 0;

  private static final NameEntry EMPTY = new NameEntry(new int[0], new Known[0], new Failure[0]);

  private final int[] types;
  private final Known[] known;
  private final @Nullable Failure[] failures;

  private NameEntry(int[] types, Known[] known, @Nullable Failure[] failures) {
    this.types = types;
    this.known = known;
    this.failures = failures;
  }

  static NameEntry orEmpty(@Nullable NameEntry entry) {
    return entry == null ? EMPTY : entry;
  }

  /** Returns the set or the absence of {@code type}, ended or not; {@code null} if there is none. */
  @Nullable
  Known known(int type) {
    for (int i = 0; i < types.length; i++) {
      if (types[i] == type) {
        return known[i] instanceof Failure ? null : known[i];
      }
    }
    return null;
  }

  /** Returns the last failure to resolve {@code type}, ended or not; {@code null} if there is none. */
  @Nullable
  Failure failure(int type) {
    for (int i = 0; i < types.length; i++) {
      if (types[i] == type) {
        return known[i] instanceof Failure failure ? failure : failures[i];
      }
    }
    return null;
  }

  /** Returns an entry with a set or an absence of {@code type}, and without a failure to resolve it. */
  NameEntry with(int type, Known data) {
    int at = index(type);
    int length = Math.max(types.length, at + 1);
    int[] moreTypes = Arrays.copyOf(types, length);
    Known[] moreKnown = Arrays.copyOf(known, length);
    @Nullable
    Failure[] moreFailures = Arrays.copyOf(failures, length);
    moreTypes[at] = type;
    moreKnown[at] = data;
    moreFailures[at] = null;
    return new NameEntry(moreTypes, moreKnown, moreFailures);
  }

  /** Returns an entry with a failure to resolve {@code type} beside what is known about it. */
  NameEntry withFailure(int type, Failure failure) {
    if (known(type) == null) {
      return with(type, failure);
    }
    @Nullable
    Failure[] more = failures.clone();
    more[index(type)] = failure;
    return new NameEntry(types, known, more);
  }

  /** Returns an entry that knows nothing but {@code absence}, which is that of the name. */
  static NameEntry of(Absence absence) {
    return EMPTY.with(NAME, absence);
  }

  /** Returns an entry without what is known about {@code type}. */
  NameEntry without(int type) {
    int at = index(type);
    if (at == types.length) {
      return this;
    }
    NameEntry less = EMPTY;
    for (int i = 0; i < types.length; i++) {
      if (i != at) {
        less = less.with(types[i], known[i]);
        less.failures[less.types.length - 1] = failures[i];
      }
    }
    return less;
  }

  /** Returns this entry, or {@code null} if it knows nothing. */
  @Nullable
  NameEntry orNull() {
    return types.length == 0 ? null : this;
  }

  private int index(int type) {
    int at = 0;
    while (at < types.length && types[at] != type) {
      at++;
    }
    return at;
  }

  /** Returns all sets of records. */
  Iterable<RRset> sets() {
    return Arrays.stream(known).filter(RRset.class::isInstance).map(RRset.class::cast).toList();
  }

  /** Calls {@code visitor} with each type and what is known about it, but not with failures. */
  void forEach(ObjIntConsumer<Known> visitor) {
    for (int i = 0; i < types.length; i++) {
      visitor.accept(known[i], types[i]);
    }
  }

  int weight() {
    int weight = OVERHEAD;
    for (int i = 0; i < types.length; i++) {
      weight += 24 + (failures[i] == null ? 0 : Failure.WEIGHT) + switch (known[i]) {
        case RRset set -> set.weight();
        case Absence absence -> absence.weight();
        case Failure failure -> Failure.WEIGHT;
      };
    }
    return weight;
  }
}
