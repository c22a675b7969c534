package io.reactorstack.dns.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Question;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/**
 * A cache of what is known about names, bounded by its estimated size. What has ended stays until its space is needed or
 * it is replaced, so that it can be used when it cannot be renewed (RFC 8767).
 *
 * <p>All methods may be called on any thread; reading takes no lock.
 */
public final class RecordCache {

  /** RFC 9520 section 3.2: a failure is not known for more than five minutes. */
  private static final Duration MAX_FAILURE = Duration.ofMinutes(5);
  private static final int MAX_DOUBLINGS = 8;

  private final CacheSettings settings;
  private final LongSupplier clock;
  /** Whether nothing is stored: the limit is 0. */
  private final boolean isOff;
  private final Cache<Name, NameEntry> entries;
  private final LongAdder evictions = new LongAdder();
  /** False if there is certainly no DNAME record, or no absent name: then nothing above a name needs a look. */
  private volatile boolean hasTrees;
  private volatile boolean hasAbsentNames;

  /**
   * Creates an empty cache.
   *
   * @param clock the time in nanoseconds
   */
  public RecordCache(CacheSettings settings, LongSupplier clock) {
    this.settings = settings;
    this.clock = clock;
    this.isOff = settings.weight() == 0;
    this.entries = Caffeine.newBuilder()
        .maximumWeight(settings.weight())
        .weigher((Name name, NameEntry entry) -> name.length() + entry.weight())
        .evictionListener((name, entry, cause) -> {
          if (cause == RemovalCause.SIZE) {
            evictions.increment();
          }
        })
        .executor(Runnable::run) // maintenance runs inside the call and needs no other thread
        .build();
  }

  /**
   * Returns what answers {@code question}: the records, a CNAME record (RFC 1034 section 3.6.2), an absence or a failure;
   * {@code null} if nothing is known.
   */
  public @Nullable Known find(Question question) {
    return find(question, clock.getAsLong());
  }

  /** As {@link #find(Question)}, at the time {@code now} of the clock. */
  public @Nullable Known find(Question question, long now) {
    NameEntry entry = entries.getIfPresent(question.name());
    return entry == null ? null : find(entry, question.type(), now);
  }

  private static @Nullable Known find(NameEntry entry, int type, long now) {
    Known known = valid(entry.known(type), now);
    if (known instanceof RRset set && set.trust().answers() || known instanceof Absence) {
      return known;
    }
    if (type != Type.CNAME && type != Type.ANY && valid(entry.known(Type.CNAME), now) instanceof RRset alias
        && alias.trust().answers()) {
      return alias;
    }
    Known absent = valid(entry.known(NameEntry.NAME), now);
    return absent != null ? absent : valid(entry.failure(type), now);
  }

  /**
   * Returns the records or the absence that last answered {@code question}, if they have ended, but not longer ago than
   * stale data may be used; {@code null} otherwise.
   */
  public @Nullable Known findStale(Question question) {
    NameEntry entry = entries.getIfPresent(question.name());
    if (entry == null || settings.maxStale().isZero()) {
      return null;
    }
    long then = clock.getAsLong() - settings.maxStale().toNanos();
    Known known = find(entry, question.type(), then);
    return known instanceof Failure ? null : known;
  }

  /** Returns whether {@code question} has recently failed and should not be tried again yet (RFC 9520 section 3.2). */
  public boolean isFailing(Question question) {
    NameEntry entry = entries.getIfPresent(question.name());
    return entry != null && valid(entry.failure(question.type()), clock.getAsLong()) != null;
  }

  /**
   * Returns the absence of a name above {@code name}: nothing exists below a name that does not exist (RFC 8020).
   * {@code null} if none is known.
   */
  public @Nullable Absence findAbsenceAbove(Name name) {
    if (!hasAbsentNames) {
      return null;
    }
    long now = clock.getAsLong();
    for (int labels = 2; labels < name.labels(); labels++) {
      NameEntry entry = entries.getIfPresent(Names.suffix(name, labels));
      if (entry != null && valid(entry.known(NameEntry.NAME), now) instanceof Absence absence) {
        return absence;
      }
    }
    return null;
  }

  /**
   * Returns the DNAME record of the closest name above {@code name}, which makes all names below it aliases (RFC 6672);
   * {@code null} if none is known.
   */
  public @Nullable RRset findTreeAbove(Name name) {
    if (!hasTrees) {
      return null;
    }
    for (int labels = name.labels() - 1; labels > 0; labels--) {
      RRset tree = set(Names.suffix(name, labels), Type.DNAME);
      if (tree != null && tree.trust().answers()) {
        return tree;
      }
    }
    return null;
  }

  /** Returns the records of {@code name} and {@code type} whatever their trust, or {@code null} if none are known. */
  public @Nullable RRset set(Name name, int type) {
    NameEntry entry = entries.getIfPresent(name);
    return entry != null && valid(entry.known(type), clock.getAsLong()) instanceof RRset set ? set : null;
  }

  private static <K extends Known> @Nullable K valid(@Nullable K known, long now) {
    return known != null && known.expiry() - now > 0 ? known : null;
  }

  /**
   * Stores {@code set} if its trust is not less than that of the records that it replaces (RFC 2181 section 5.4.1), and
   * if it may be stored: a time to live of 0 is valid for the outstanding question only (RFC 1123 section 6.1.2.1).
   */
  public void put(RRset set) {
    if (isOff) {
      return;
    }
    long now = clock.getAsLong();
    RRset limited = set.limited(settings.maxTtl().toSeconds(), now);
    if (limited.expiry() - now > 0) {
      hasTrees = hasTrees || set.type() == Type.DNAME;
      entries.asMap().compute(set.name(), (name, entry) -> merged(NameEntry.orEmpty(entry), limited, now));
    } else {
      entries.asMap().computeIfPresent(set.name(), (name, entry) -> withoutOlder(entry, limited));
    }
  }

  /** Removes what {@code set}, which may not be stored, shows to be out of date (RFC 8767 section 4). */
  private static @Nullable NameEntry withoutOlder(NameEntry entry, RRset set) {
    boolean isNewer = entry.known(set.type()) instanceof RRset before
        ? before.trust().compareTo(set.trust()) <= 0
        : set.trust().answers();
    NameEntry less = isNewer ? entry.without(set.type()) : entry;
    return (set.trust().answers() ? less.without(NameEntry.NAME) : less).orNull();
  }

  private static NameEntry merged(NameEntry entry, RRset set, long now) {
    RRset stored = set;
    if (valid(entry.known(set.type()), now) instanceof RRset before) {
      if (before.trust().compareTo(set.trust()) > 0) {
        return entry;
      }
      if (set.type() == Type.NS && set.trust() != Trust.REFERRAL) {
        // The servers of a zone must not be able to keep a delegation alive that the zone above has removed.
        stored = set.endingBy(before.expiry());
      }
    }
    NameEntry more = entry.with(set.type(), stored);
    return set.trust().answers() ? more.without(NameEntry.NAME) : more;
  }

  /**
   * Stores {@code set} in place of what is known about its name and type, whatever the trust in that: it has turned out to
   * be of no use.
   */
  public void replace(RRset set) {
    entries.asMap().computeIfPresent(set.name(), (name, entry) -> entry.without(set.type()));
    put(set);
  }

  /**
   * Stores that the name of {@code question} has no records of its type, or does not exist, unless the absence may not be
   * stored (RFC 2308 section 5).
   */
  public void put(Question question, Absence absence) {
    if (isOff) {
      return;
    }
    long now = clock.getAsLong();
    Absence limited = absence.endingBy(now + settings.maxNegativeTtl().toNanos());
    if (limited.expiry() - now > 0) {
      hasAbsentNames = hasAbsentNames || limited.isNameError();
      entries.asMap().compute(question.name(), (name, entry) -> limited.isNameError()
          ? NameEntry.of(limited)
          : NameEntry.orEmpty(entry).with(question.type(), limited));
    } else {
      entries.asMap().computeIfPresent(question.name(),
          (name, entry) -> limited.isNameError() ? null : entry.without(question.type()).orNull());
    }
  }

  /** Stores that {@code question} could not be resolved, for longer each time in a row (RFC 9520 section 3.2). */
  public void putFailure(Question question, Reason reason) {
    if (isOff) {
      return;
    }
    long now = clock.getAsLong();
    entries.asMap().compute(question.name(), (name, entry) -> {
      NameEntry before = NameEntry.orEmpty(entry);
      Failure last = before.failure(question.type());
      int times = last == null || now - last.expiry() > MAX_FAILURE.toNanos() ? 1 : last.times() + 1;
      Duration doubled = settings.failureTtl().multipliedBy(1L << Math.min(times - 1, MAX_DOUBLINGS));
      Duration ttl = doubled.compareTo(MAX_FAILURE) < 0 ? doubled : MAX_FAILURE;
      return before.withFailure(question.type(), new Failure(reason, times, now + ttl.toNanos()));
    });
  }

  /**
   * Returns what the cache knows as lines in the form of a master file, without failures and without what has ended;
   * {@link #load} reads them. Entries that change meanwhile may be missing, or have their old or their new content.
   */
  public Stream<String> dump() {
    return entries.asMap().entrySet().stream().flatMap(entry -> lines(entry.getKey(), entry.getValue()).stream());
  }

  private List<String> lines(Name name, NameEntry entry) {
    long now = clock.getAsLong();
    List<String> lines = new ArrayList<>();
    entry.forEach((known, type) -> {
      long ttl = (known.expiry() - now) / 1_000_000_000L;
      if (ttl > 0) {
        switch (known) {
          case RRset set -> lines.addAll(DumpLine.of(set, ttl));
          case Absence absence -> lines.add(DumpLine.of(name, type, absence, ttl));
          case Failure failure -> {
            // it says more about the network than about the name
          }
        }
      }
    });
    return lines;
  }

  /**
   * Returns a reader of lines that {@link #dump} returned {@code age} ago. The times to live that are left are limited as
   * those of responses. What the cache already knows with more trust stays.
   */
  public DumpReader load(Duration age) {
    return new DumpReader(this, clock, age);
  }

  /** Removes everything. */
  public void clear() {
    entries.invalidateAll();
  }

  /** Removes what is known about {@code name}. */
  public void remove(Name name) {
    entries.invalidate(name);
  }

  /** Returns the number of names. */
  public long names() {
    entries.cleanUp();
    return entries.estimatedSize();
  }

  /** Returns the estimated size of all entries, in octets. */
  public long weight() {
    entries.cleanUp();
    return entries.policy().eviction().flatMap(e -> e.weightedSize().stream().boxed().findFirst()).orElse(0L);
  }

  /** Returns the number of names that were removed because the space was needed. */
  public long evictions() {
    return evictions.sum();
  }

  /** Returns all sets of records that have not ended. */
  public List<RRset> sets() {
    long now = clock.getAsLong();
    List<RRset> all = new ArrayList<>();
    entries.asMap().values().forEach(entry -> entry.sets().forEach(set -> {
      if (set.expiry() - now > 0) {
        all.add(set);
      }
    }));
    return all;
  }
}
