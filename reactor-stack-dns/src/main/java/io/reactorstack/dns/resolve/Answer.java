package io.reactorstack.dns.resolve;

import io.reactorstack.dns.cache.Absence;
import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.outcome.DnsPath;
import io.reactorstack.dns.outcome.ExtendedError;
import io.reactorstack.dns.wire.Question;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of a resolution: records, an absence or a failure.
 *
 * @param question the question
 * @param aliases the CNAME and DNAME records from the question's name to the last name
 * @param sets the records of the last name; empty if there are none
 * @param absence the absence of the last name or of its data, or {@code null}
 * @param failure the reason why neither is known, or {@code null}
 * @param isStale whether the records or the absence have ended, and could not be renewed (RFC 8767)
 * @param errors details that servers gave (RFC 8914)
 * @param path the queries that were sent
 */
public record Answer(
    Question question,
    List<RRset> aliases,
    List<RRset> sets,
    @Nullable Absence absence,
    @Nullable Reason failure,
    boolean isStale,
    List<ExtendedError> errors,
    DnsPath path) {

  /** Returns an answer that failed before any query. */
  public static Answer failed(Question question, Reason reason) {
    return new Answer(question, List.of(), List.of(), null, reason, false, List.of(), DnsPath.NONE);
  }

  /** Returns the reason why there are no records, or {@code null} if there are. */
  public @Nullable Reason reason() {
    if (absence != null) {
      return absence.isNameError() ? Reason.NAME_NOT_FOUND : Reason.NO_DATA;
    }
    return failure;
  }

  /** Returns what is known about the failure beside its reason; times to live as of {@code now}. */
  public DnsException.Details details(long now) {
    RRset soa = absence == null ? null : absence.soa();
    return new DnsException.Details(aliases.stream().flatMap(alias -> alias.values(alias.ttl(now)).stream()).toList(),
        soa == null ? null : soa.values(soa.ttl(now)).getFirst(), errors, path);
  }

  /** Returns the remaining time to live of the answer in whole seconds, the least of its records. */
  public long ttl(long now) {
    long ttl = absence == null ? Integer.MAX_VALUE : Math.max(0, (absence.expiry() - now) / 1_000_000_000L);
    for (RRset alias : aliases) {
      ttl = Math.min(ttl, alias.ttl(now));
    }
    for (RRset set : sets) {
      ttl = Math.min(ttl, set.ttl(now));
    }
    return ttl;
  }

  /** Returns the same answer with {@code added} and {@code taken}. */
  Answer with(List<ExtendedError> added, DnsPath taken) {
    return new Answer(question, aliases, sets, absence, failure, isStale, added, taken);
  }
}
