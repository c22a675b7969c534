package io.reactorstack.dns;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.reactorstack.dns.DnsException.Reason;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A bounded cache of outcomes, which keeps each for its TTL: addresses, negative answers (RFC 2308) and failures (RFC
 * 9520).
 *
 * <p>It stores a whole outcome under the question that was asked, so records of different responses never mix (RFC 2181
 * section 5.4). An outcome that was reached through aliases expires with the shortest-lived of its records.
 */
final class DnsCache {

  private record Entry(DnsOutcome outcome, long expiry) {}

  private final LongSupplier clock;
  private final DnsSettings settings;
  private final Cache<DnsQuestion, Entry> entries;

  DnsCache(DnsSettings settings, LongSupplier clock) {
    this.clock = clock;
    this.settings = settings;
    this.entries = Caffeine.newBuilder()
        .maximumSize(settings.cache().size())
        .expireAfter(Expiry.creating((DnsQuestion question, Entry entry) -> untilExpiry(entry)))
        .ticker(clock::getAsLong)
        .executor(Runnable::run) // maintenance runs inside the call, on the event loop, and needs no other thread
        .build();
  }

  /** Returns the cached outcome of {@code question} with the remaining time to live, or {@code null}. */
  @Nullable
  DnsOutcome get(DnsQuestion question) {
    Entry entry = entries.getIfPresent(question);
    if (entry == null) {
      return null;
    }
    long left = TimeUnit.NANOSECONDS.toSeconds(untilExpiry(entry).toNanos());
    return switch (entry.outcome) {
      case DnsOutcome.Found(var name, var addresses, var ttl) -> new DnsOutcome.Found(name, addresses, left);
      case DnsOutcome.Failed(var reason, var ttl) -> new DnsOutcome.Failed(reason, left);
    };
  }

  /**
   * Stores {@code outcome} for its time to live or the configured limit, whichever is shorter. Stores nothing if that
   * is zero.
   */
  void put(DnsQuestion question, DnsOutcome outcome) {
    Duration ttl = least(Duration.ofSeconds(outcome.ttl()), limit(outcome));
    if (!ttl.isPositive()) {
      return; // RFC 1035 section 3.2.1, RFC 1123 section 6.1.2.1: TTL 0 is valid for the outstanding question only
    }
    Entry entry = new Entry(outcome, clock.getAsLong() + ttl.toNanos());
    if (outcome instanceof DnsOutcome.Failed(var reason, var t) && reason == Reason.NAME_NOT_FOUND) {
      // RFC 2308 section 5: a name that does not exist has no records of any type.
      for (AddressType type : AddressType.values()) {
        keep(new DnsQuestion(question.name(), type), entry);
      }
    } else {
      keep(question, entry);
    }
  }

  private void keep(DnsQuestion question, Entry entry) {
    entries.invalidate(question); // Caffeine then treats the new entry as created, and its own expiry applies
    entries.put(question, entry);
  }

  /** Removes all outcomes. */
  void clear() {
    entries.invalidateAll();
  }

  /** Returns the number of outcomes that are not expired. */
  long size() {
    entries.cleanUp();
    return entries.estimatedSize();
  }

  private Duration limit(DnsOutcome outcome) {
    return switch (outcome) {
      case DnsOutcome.Found found -> settings.cache().maxTtl();
      case DnsOutcome.Failed failed when failed.reason().isTemporary() || failed.reason() == Reason.ALIAS_LOOP ->
        settings.cache().failureTtl();
      case DnsOutcome.Failed failed -> settings.cache().maxNegativeTtl();
    };
  }

  private Duration untilExpiry(Entry entry) {
    return Duration.ofNanos(entry.expiry - clock.getAsLong());
  }

  private static Duration least(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
