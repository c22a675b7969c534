package io.reactorstack.dns.resolve;

import io.reactorstack.dns.cache.Absence;
import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.cache.RecordCache;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.outcome.DnsPath;
import io.reactorstack.dns.wire.Question;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;
import reactor.core.publisher.Mono;

/**
 * The resolution of one question: follows aliases until there are records, an absence or a failure (RFC 1034 section
 * 5.3.3). Confined to the event loop.
 */
final class Resolution {

  private final Question asked;
  private final Job job;
  private final RecordCache cache;
  private final Finder finder;
  private final LongSupplier clock;
  private final List<RRset> aliases = new ArrayList<>();
  private final Set<Name> searched = new HashSet<>();

  Resolution(Question asked, Job job, RecordCache cache, Finder finder, LongSupplier clock) {
    this.asked = asked;
    this.job = job;
    this.cache = cache;
    this.finder = finder;
    this.clock = clock;
  }

  /** Returns the answer; to be subscribed to once. Never fails. */
  Mono<Answer> answer() {
    return Mono.defer(() -> from(asked)).map(answer -> answer.with(job.errors(), job.path()));
  }

  /** Returns an answer that is newer than what the cache knows about the question. */
  Mono<Answer> renewed() {
    return Mono.defer(() -> search(asked)).map(answer -> answer.with(job.errors(), job.path()));
  }

  private Mono<Answer> from(Question question) {
    CacheWalk walk = CacheWalk.walk(cache, question, clock.getAsLong());
    aliases.addAll(walk.aliases());
    if (isTooLong()) {
      return Mono.just(answer(List.of(), null, Reason.ALIAS_LOOP));
    }
    if (walk.isComplete()) {
      Answer end = walk.answer(asked);
      return Mono.just(end.failure() == null
          ? answer(end.sets(), end.absence(), null)
          : failed(walk.current(), end.failure()));
    }
    return search(walk.current());
  }

  private Mono<Answer> search(Question current) {
    if (!searched.add(current.name()) || isTooLong()) {
      return Mono.just(answer(List.of(), null, Reason.ALIAS_LOOP));
    }
    return finder.find(current, job).flatMap(reading -> conclude(current, reading));
  }

  /** Returns whether too many aliases were followed; a DNAME record is no alias itself. */
  private boolean isTooLong() {
    return aliases.stream().filter(alias -> alias.type() == Type.CNAME).count() > ReplyReader.MAX_ALIASES;
  }

  private Mono<Answer> conclude(Question current, Reading reading) {
    keep(reading.aliases());
    aliases.addAll(reading.aliases());
    return switch (reading) {
      case Reading.Records records -> {
        records.sets().forEach(cache::put);
        yield Mono.just(answer(records.sets(), null, null));
      }
      case Reading.Broken broken -> Mono.just(answer(List.of(), null, broken.reason()));
      case Reading.Alias alias -> from(current.about(alias.target()));
      case Reading.Absent absent -> {
        cache.put(current.about(absent.name()), absent.absence());
        yield Mono.just(answer(List.of(), absent.absence(), null));
      }
      case Reading.Failed failed -> {
        keep(current, failed.reason());
        yield Mono.just(failed(current, failed.reason()));
      }
      case Reading.Lame lame -> Mono.just(failed(current, Reason.SERVER_FAILURE));
      case Reading.Referral referral -> Mono.just(failed(current, Reason.SERVER_FAILURE));
    };
  }

  /** Keeps aliases, but not those that are made from a DNAME record before them. */
  private void keep(List<RRset> found) {
    boolean isMade = false;
    for (RRset alias : found) {
      if (!isMade) {
        cache.put(alias);
      }
      isMade = alias.type() == Type.DNAME;
    }
  }

  /** RFC 9520: a failure is remembered, unless it says more about the limits of this resolver than about the name. */
  private void keep(Question current, Reason reason) {
    boolean isOwn = reason == Reason.NO_SERVER || reason == Reason.TOO_MANY_QUESTIONS
        || job.depth() > 0 && job.budget().isSpent();
    if (!isOwn) {
      cache.putFailure(current, reason);
    }
  }

  /** Returns stale data if there are any (RFC 8767), otherwise the failure. */
  private Answer failed(Question current, Reason reason) {
    Answer stale = reason.isTemporary() ? CacheWalk.stale(cache, current, clock.getAsLong()) : null;
    if (stale == null) {
      return answer(List.of(), null, reason);
    }
    aliases.addAll(stale.aliases());
    return new Answer(asked, List.copyOf(aliases), stale.sets(), stale.absence(), null, true, List.of(), DnsPath.NONE);
  }

  private Answer answer(List<RRset> sets, @Nullable Absence absence, @Nullable Reason failure) {
    return new Answer(asked, List.copyOf(aliases), sets, absence, failure, false, List.of(), DnsPath.NONE);
  }
}
