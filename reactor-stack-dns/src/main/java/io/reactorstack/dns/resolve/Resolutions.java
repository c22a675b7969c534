package io.reactorstack.dns.resolve;

import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.cache.RecordCache;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.transport.DnsHost;
import io.reactorstack.dns.wire.Question;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Type;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;

/**
 * The resolutions of a resolver. It answers a question from the cache, joins it to an equal outstanding question, or
 * starts a resolution. Confined to the event loop, except {@link #known}.
 */
public final class Resolutions implements IterativeFinder.Helper {

  /** RFC 8767 section 5: the time after which a client gets stale data while its question is being resolved. */
  private static final Duration CLIENT_PATIENCE = Duration.ofMillis(1800);

  /** The part of its time to live after which a set that is still asked for is renewed, as a divisor of the rest. */
  private static final int REST = 10;

  private final DnsHost host;
  private final RecordCache cache;
  private final WorkLimits limits;
  private final Finder finder;
  private final Map<Question, UnderWay> underWay = new HashMap<>();
  private final Set<Question> renewing = ConcurrentHashMap.newKeySet();
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder staleAnswers = new LongAdder();
  private final LongAdder renewals = new LongAdder();

  /**
   * Creates resolutions without a question.
   *
   * @param finder creates the way to find records, which may ask further questions
   */
  public Resolutions(DnsHost host, RecordCache cache, WorkLimits limits,
      Function<IterativeFinder.Helper, ? extends Finder> finder) {
    this.host = host;
    this.cache = cache;
    this.limits = limits;
    this.finder = finder.apply(this);
  }

  /**
   * Returns the answer to {@code question} if the cache has all of it, or {@code null}. May be called on any thread.
   */
  public @Nullable Answer known(Question question) {
    return known(question, host.nanoTime());
  }

  /** As {@link #known(Question)}, at the time {@code now} of the host's clock. */
  public @Nullable Answer known(Question question, long now) {
    Answer answer = CacheWalk.answer(cache, question, now);
    if (answer == null) {
      return null;
    }
    if (answer.failure() != null && answer.failure().isTemporary()) {
      Answer stale = CacheWalk.stale(cache, question, now);
      if (stale != null) {
        staleAnswers.increment();
        return stale;
      }
    }
    hits.increment();
    if (limits.renews() && !answer.sets().isEmpty()) {
      renewIfDue(question, answer, now);
    }
    return answer;
  }

  private void renewIfDue(Question question, Answer answer, long now) {
    RRset set = answer.sets().getFirst();
    // The servers of a zone are not renewed: only the zone above may say that they are valid for longer.
    if (set.type() != Type.NS && set.expiry() - now < set.ttl() * 1_000_000_000L / REST && renewing.add(question)) {
      host.execute(() -> renew(question, set));
    }
  }

  private void renew(Question question, RRset set) {
    Question last = new Question(set.name(), set.type());
    if (underWay.containsKey(last) || cache.isFailing(last) || underWay.size() >= limits.maxQuestions()) {
      renewing.remove(question);
      return;
    }
    renewals.increment();
    UnderWay renewal = new UnderWay(last, null, true);
    underWay.put(last, renewal);
    renewal.answer.doFinally(end -> renewing.remove(question)).subscribe();
  }

  /**
   * Returns the answer to {@code question}; never fails. To be called on the event loop.
   *
   * <p><b>Backpressure:</b> one value. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> to be
   * subscribed to on the event loop, where it signals. <b>Cancellation:</b> abandons the question if nobody else waits
   * for it.
   */
  public Mono<Answer> ask(Question question) {
    Answer known = known(question);
    if (known != null) {
      return Mono.just(known);
    }
    UnderWay same = underWay.get(question);
    if (same == null && underWay.size() >= limits.maxQuestions()) {
      // RFC 1123 section 6.1.3.3: limit resources
      return Mono.just(Answer.failed(question, Reason.TOO_MANY_QUESTIONS));
    }
    misses.increment();
    Mono<Answer> answer = (same == null ? started(question, null) : same).answer;
    Answer stale = CacheWalk.stale(cache, question, host.nanoTime());
    return stale == null ? answer : Mono.defer(() -> {
      // The question goes on after the client has got its answer.
      Sinks.One<Answer> fresh = Sinks.one();
      answer.subscribe(fresh::tryEmitValue);
      return Mono.firstWithSignal(fresh.asMono(),
          Mono.delay(CLIENT_PATIENCE, host.scheduler()).map(tick -> stale)).doOnNext(this::count);
    });
  }

  private void count(Answer answer) {
    if (answer.isStale()) {
      staleAnswers.increment();
    }
  }

  @Override
  public Mono<Answer> ask(Question question, Job parent) {
    Answer known = CacheWalk.answer(cache, question, host.nanoTime());
    if (known != null) {
      return Mono.just(known);
    }
    UnderWay same = underWay.get(question);
    if (same != null && same.job.waitsFor(parent)) {
      return Mono.just(Answer.failed(question, Reason.SERVER_FAILURE)); // two zones that need each other's addresses
    }
    UnderWay joined = same == null ? started(question, parent) : same;
    return Mono.defer(() -> {
      parent.startWaiting(joined.job);
      return joined.answer.doFinally(end -> parent.stopWaiting(joined.job));
    });
  }

  private UnderWay started(Question question, @Nullable Job parent) {
    UnderWay started = new UnderWay(question, parent, false);
    underWay.put(question, started);
    return started;
  }

  /** The cache that answers questions. */
  public RecordCache cache() {
    return cache;
  }

  /** Returns the number of outstanding questions. */
  public int outstanding() {
    return underWay.size();
  }

  /** Returns the number of questions that the cache answered. */
  public long hits() {
    return hits.sum();
  }

  /** Returns the number of questions that the cache could not answer. */
  public long misses() {
    return misses.sum();
  }

  /** Returns the number of questions that got stale data. */
  public long staleAnswers() {
    return staleAnswers.sum();
  }

  /** Returns the number of sets of records that were renewed before their end. */
  public long renewals() {
    return renewals.sum();
  }

  /**
   * One outstanding question, shared by all its subscribers. When the last subscriber cancels, the question is
   * abandoned.
   */
  private final class UnderWay {

    private final Question question;
    private final Job job;
    private final Mono<Answer> resolution;
    private final Mono<Answer> answer = Mono.create(this::join);
    private final List<MonoSink<Answer>> waiting = new ArrayList<>(1);
    private @Nullable Disposable running;
    private @Nullable Answer result;

    UnderWay(Question question, @Nullable Job parent, boolean renews) {
      this.question = question;
      this.job = parent == null
          ? Job.of(question, limits.maxQueries(), limits.maxServerNames(), host::nanoTime)
          : parent.below(question);
      Resolution work = new Resolution(question, job, cache, finder, host::nanoTime);
      this.resolution = renews ? work.renewed() : work.answer();
    }

    private void join(MonoSink<Answer> sink) {
      if (result != null) {
        sink.success(result);
        return;
      }
      waiting.add(sink);
      sink.onCancel(() -> leave(sink));
      if (running == null) {
        Disposable.Swap started = Disposables.swap();
        running = started;
        started.update(resolution.subscribe(this::end, this::fail));
      }
    }

    private void leave(MonoSink<Answer> sink) {
      waiting.remove(sink);
      if (waiting.isEmpty() && running != null) {
        underWay.remove(question, this);
        running.dispose();
        running = null;
      }
    }

    private void end(Answer found) {
      result = found;
      // before the signal, so a subscriber that asks again while handling it finds the cached outcome
      underWay.remove(question, this);
      take().forEach(sink -> sink.success(found));
    }

    private void fail(Throwable unexpected) {
      underWay.remove(question, this);
      take().forEach(sink -> sink.error(unexpected));
    }

    private List<MonoSink<Answer>> take() {
      running = null;
      List<MonoSink<Answer>> all = List.copyOf(waiting);
      waiting.clear();
      return all;
    }
  }
}
