package io.reactorstack.dns.cache;

import io.reactorstack.dns.cache.DumpLine.Entry;
import io.reactorstack.dns.cache.DumpLine.Missing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.xbill.DNS.Record;

/**
 * Puts the lines of a dump into a cache, one after the other; {@link #end} says how many there were. A set is stored only
 * if all its records are there (RFC 2181 section 5.4). Used by one thread at a time.
 */
public final class DumpReader {

  /**
   * The fate of the lines of a dump.
   *
   * @param loaded the sets of records and the absences that were put into the cache
   * @param ended those whose time has ended
   * @param malformed the lines that could not be read, or belong to a set that is not complete
   */
  public record Result(long loaded, long ended, long malformed) {}

  private static final long NANOS = 1_000_000_000L;

  private final RecordCache cache;
  private final LongSupplier clock;
  private final long age;
  private final List<Entry> pending = new ArrayList<>();
  private long loaded;
  private long ended;
  private long malformed;

  DumpReader(RecordCache cache, LongSupplier clock, Duration age) {
    this.cache = cache;
    this.clock = clock;
    this.age = age.toNanos();
  }

  /** Reads a line; an empty one has no effect. */
  public DumpReader line(String line) {
    if (!line.isBlank()) {
      switch (DumpLine.parse(line)) {
        case Entry entry -> add(entry);
        case Missing missing -> {
          giveUp();
          add(missing);
        }
        case null -> {
          giveUp();
          malformed++;
        }
      }
    }
    return this;
  }

  private void add(Missing missing) {
    if (isValid(missing.ttl())) {
      cache.put(missing.question(), missing.absence(clock.getAsLong() - age));
    }
  }

  /** Returns whether what was valid for {@code ttl} seconds when the dump was made still is, and counts it. */
  private boolean isValid(long ttl) {
    boolean isValid = ttl * NANOS > age;
    if (isValid) {
      loaded++;
    } else {
      ended++;
    }
    return isValid;
  }

  private void add(Entry entry) {
    if (!pending.isEmpty() && !pending.getFirst().isWith(entry)) {
      giveUp();
    }
    pending.add(entry);
    if (pending.size() == entry.count()) {
      store(entry);
    }
  }

  private void store(Entry entry) {
    List<Record> records = pending.stream().map(Entry::record).toList();
    pending.clear();
    if (isValid(entry.record().getTTL())) {
      cache.put(RRset.of(records, entry.trust(), clock.getAsLong() - age));
    }
  }

  /** Gives up the set of which records are missing. */
  private void giveUp() {
    malformed += pending.size();
    pending.clear();
  }

  /** Ends the dump. */
  public Result end() {
    giveUp();
    return new Result(loaded, ended, malformed);
  }
}
