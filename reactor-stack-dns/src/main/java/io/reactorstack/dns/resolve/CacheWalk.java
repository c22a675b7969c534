package io.reactorstack.dns.resolve;

import io.reactorstack.dns.cache.Absence;
import io.reactorstack.dns.cache.Failure;
import io.reactorstack.dns.cache.Known;
import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.cache.RecordCache;
import io.reactorstack.dns.cache.Trust;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.outcome.DnsPath;
import io.reactorstack.dns.wire.Question;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/**
 * Follows a question through the cache, alias by alias, as far as the cache knows. May be used on any thread, by one at a
 * time.
 */
final class CacheWalk {

  /** RFC 8767 section 4: the time to live of stale data, in seconds. */
  private static final int STALE_TTL = 30;

  private final RecordCache cache;
  private final long now;
  private final boolean takesStale;
  private final List<RRset> aliases = new ArrayList<>(0);
  private Question current;
  private int followed;
  private @Nullable Known end;
  private @Nullable Reason failure;

  private CacheWalk(RecordCache cache, Question question, long now, boolean takesStale) {
    this.cache = cache;
    this.current = question;
    this.now = now;
    this.takesStale = takesStale;
  }

  /**
   * Returns the answer to {@code question} if the cache knows all of it, or {@code null}. This is the fast way: it
   * allocates little for a name without aliases.
   */
  static @Nullable Answer answer(RecordCache cache, Question question, long now) {
    Known known = cache.find(question, now);
    if (known instanceof RRset set && (set.type() == question.type())) {
      return new Answer(question, List.of(), List.of(set), null, null, false, List.of(), DnsPath.NONE);
    }
    CacheWalk walk = new CacheWalk(cache, question, now, false);
    walk.follow(known);
    return walk.isComplete() ? walk.answer(question) : null;
  }

  /** Follows {@code question} from its name on. */
  static CacheWalk walk(RecordCache cache, Question question, long now) {
    CacheWalk walk = new CacheWalk(cache, question, now, false);
    walk.follow();
    return walk;
  }

  /**
   * Returns an answer to {@code question} in which records that have ended take the place of those that are not known any
   * more (RFC 8767); {@code null} if the cache has none.
   */
  static @Nullable Answer stale(RecordCache cache, Question question, long now) {
    CacheWalk walk = new CacheWalk(cache, question, now, true);
    walk.follow();
    Answer answer = walk.isComplete() ? walk.answer(question) : null;
    return answer == null || answer.failure() != null ? null : answer;
  }

  private void follow() {
    follow(known());
  }

  /** Follows the aliases from {@code first} on, which is what the cache knows about the first question. */
  private void follow(@Nullable Known first) {
    Known known = first;
    while (end == null && failure == null) {
      if (known == null) {
        known = above();
        if (known == null) {
          return;
        }
      }
      if (known instanceof RRset set && set.type() == Type.CNAME && current.type() != Type.CNAME) {
        followAlias(set);
        known = known();
      } else {
        end = known;
      }
    }
  }

  private @Nullable Known known() {
    Known known = cache.find(current, now);
    if (!takesStale || known instanceof RRset || known instanceof Absence) {
      return known;
    }
    return switch (cache.findStale(current)) {
      case RRset set -> set.revived(STALE_TTL, now);
      case Absence absence -> absence.revived(STALE_TTL, now);
      case null, default -> known;
    };
  }

  /** Returns what the cache knows about names above the current one that decides about it. */
  private @Nullable Known above() {
    Name name = current.name();
    RRset tree = cache.findTreeAbove(name);
    if (tree != null && tree.records().getFirst() instanceof DNAMERecord record) {
      CNAMERecord made = Synthesis.alias(name, record, tree.ttl(now));
      aliases.add(tree);
      if (made == null) {
        failure = Reason.NAME_TOO_LONG; // RFC 6672 section 3.1: YXDOMAIN
        return null;
      }
      return RRset.of(List.of(made), Trust.ANSWER, now);
    }
    return cache.findAbsenceAbove(name);
  }

  private void followAlias(RRset alias) {
    aliases.add(alias);
    current = current.about(alias.target());
    if (++followed > ReplyReader.MAX_ALIASES) {
      failure = Reason.ALIAS_LOOP;
    }
  }

  /** Returns whether the cache has the end of the chain. */
  boolean isComplete() {
    return end != null || failure != null;
  }

  /** The aliases followed so far. */
  List<RRset> aliases() {
    return aliases;
  }

  /** The question about the last name. */
  Question current() {
    return current;
  }

  /** Returns the answer to {@code asked}, of which this walk has followed the end. */
  Answer answer(Question asked) {
    return switch (end) {
      case RRset set -> answer(asked, List.of(set), null, null);
      case Absence absence -> answer(asked, List.of(), absence, null);
      case Failure failed -> answer(asked, List.of(), null, failed.reason());
      case null -> answer(asked, List.of(), null, failure);
    };
  }

  private Answer answer(Question asked, List<RRset> sets, @Nullable Absence absence, @Nullable Reason reason) {
    return new Answer(asked, List.copyOf(aliases), sets, absence, reason, takesStale, List.of(), DnsPath.NONE);
  }
}
