package io.reactorstack.dns;

import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.dns.resolve.Answer;
import io.reactorstack.dns.wire.Question;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Some of the last responses from the cache, by the text of their name: a name that is asked for again and again is neither
 * parsed nor described anew each time. May be used by several threads.
 */
final class RecentResponses {

  private final RecentValues<Recent> values = new RecentValues<>();

  /**
   * A response.
   *
   * @param name the text that was asked for
   * @param question what it means
   * @param set the records
   * @param least the remaining time to live in the response, in nanoseconds: the least with which it is true
   * @param response emits the response
   */
  record Recent(String name, RecordType type, Question question, RRset set, long least, Mono<DnsResponse> response) {

    /** Returns whether the response is that of {@code answer}, which comes from the cache, at the time {@code now}. */
    boolean answers(Answer answer, long now) {
      return isPlain(answer) && answer.sets().getFirst() == set && set.expiry() - now >= least;
    }
  }

  /** Returns whether {@code answer} consists of one set of records that have not ended. */
  private static boolean isPlain(Answer answer) {
    return answer.sets().size() == 1 && answer.aliases().isEmpty() && !answer.isStale();
  }

  /** Returns the last response, or {@code null} if it is not among those that are kept. */
  @Nullable
  Recent find(String name, RecordType type) {
    Recent last = values.find(hash(name, type));
    return last != null && last.name.equals(name) && last.type.equals(type) ? last : null;
  }

  /** Keeps {@code response} to {@code answer}, which was made at the time {@code now}, if it may be worth it. */
  void keep(String name, Question question, Answer answer, long now, Mono<DnsResponse> response) {
    RecordType type = RecordType.of(question.type());
    int hash = hash(name, type);
    if (isPlain(answer) && values.isAskedAgain(hash)) {
      RRset set = answer.sets().getFirst();
      values.keep(hash, new Recent(name, type, question, set, TimeUnit.SECONDS.toNanos(set.ttl(now)), response));
    }
  }

  private static int hash(String name, RecordType type) {
    return name.hashCode() + type.number();
  }
}
