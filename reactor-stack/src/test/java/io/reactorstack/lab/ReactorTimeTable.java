package io.reactorstack.lab;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * Operators of Reactor that take time without a scheduler argument, and the instants at which their signals are due.
 */
final class ReactorTimeTable {

  /**
   * One operator.
   *
   * @param name the name shown in the test's name
   * @param events creates a publisher of events, each with the time since its subscription
   * @param expected the expected events: {@code value@milliseconds}
   */
  record Row(String name, Function<Stopwatch, Flux<String>> events, List<String> expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** Adds to an event the time in the world since a subscription. */
  static final class Stopwatch {
    private final Supplier<Duration> now;
    private final long start;

    Stopwatch(Supplier<Duration> now) {
      this.now = now;
      this.start = now.get().toMillis();
    }

    String at(Object value) {
      return value + "@" + (now.get().toMillis() - start);
    }
  }

  private ReactorTimeTable() {}

  /** Returns the events of {@code row} in a world whose time is {@code now}, starting at the subscription. */
  static Mono<List<String>> events(Row row, Supplier<Duration> now) {
    return Flux.defer(() -> row.events.apply(new Stopwatch(now))).collectList();
  }

  static List<Row> rows() {
    return List.of(
        row("Mono.delay", t -> Mono.delay(ofSeconds(7)).map(t::at).flux(), "0@7000"),
        row("Mono.timeout", t -> Mono.never().timeout(ofSeconds(2)).map(Object::toString)
            .onErrorResume(e -> Mono.just(t.at(e.getClass().getSimpleName()))).flux(), "TimeoutException@2000"),
        row("Mono.timeout with a fallback", t -> Mono.<String>never().timeout(ofSeconds(2), Mono.fromSupplier(
            () -> t.at("late"))).flux(), "late@2000"),
        row("Flux.timeout between items", t -> Flux.interval(ofSeconds(1)).take(2).concatWith(Mono.never())
            .timeout(ofMillis(1500)).map(t::at).onErrorResume(e -> Mono.just(t.at("error"))),
            "0@1000", "1@2000", "error@3500"),
        row("Flux.interval", t -> Flux.interval(ofSeconds(1)).take(3).map(t::at), "0@1000", "1@2000", "2@3000"),
        row("Flux.interval with a delay", t -> Flux.interval(ofMillis(0), ofHours(1)).take(3).map(t::at),
            "0@0", "1@3600000", "2@7200000"),
        row("retryWhen(backoff)", ReactorTimeTable::backoff, "try@0", "try@100", "try@300", "try@700", "exhausted@700"),
        row("retryWhen(fixedDelay)", t -> Flux.<String>concat(Mono.fromSupplier(() -> t.at("try")),
            Mono.error(new IllegalStateException())).retryWhen(Retry.fixedDelay(2, ofSeconds(5))).onErrorComplete(),
            "try@0", "try@5000", "try@10000"),
        row("repeatWhen", t -> Mono.fromSupplier(() -> t.at("turn"))
            .repeatWhen(turns -> turns.take(2).delayElements(ofSeconds(4))), "turn@0", "turn@4000", "turn@8000"),
        row("cache(ttl)", ReactorTimeTable::cache, "1@0", "1@9999", "2@10001"),
        row("replay(ttl)", ReactorTimeTable::replay, "a@1500", "b@2000", "b@2500"),
        row("Sinks replay limit(ttl)", ReactorTimeTable::replaySink, "a@500", "b@500", "b@1200"),
        row("windowTimeout", t -> Flux.interval(ofMillis(300)).take(5).windowTimeout(10, ofSeconds(1))
            .flatMap(window -> window.collectList().map(t::at)), "[0, 1, 2]@1000", "[3, 4]@1500"),
        row("windowTimeout with backpressure", t -> Flux.interval(ofMillis(300)).take(5)
            .windowTimeout(10, ofSeconds(1), true).flatMap(window -> window.collectList().map(t::at)),
            "[0, 1, 2]@1000", "[3, 4]@1500"),
        row("bufferTimeout", t -> Flux.interval(ofMillis(300)).take(5).bufferTimeout(3, ofMillis(700)).map(t::at),
            "[0, 1, 2]@900", "[3, 4]@1500"),
        row("bufferTimeout with backpressure", t -> Flux.interval(ofMillis(300)).take(5)
            .bufferTimeout(10, ofMillis(700), true).map(t::at), "[0, 1, 2]@1000", "[3, 4]@1500"),
        row("buffer(Duration)", t -> Flux.interval(ofMillis(300)).take(4).buffer(ofSeconds(1)).map(t::at),
            "[0, 1, 2]@1000", "[3]@1200"),
        row("elapsed", t -> Flux.interval(ofMillis(250)).take(2).elapsed().map(e -> t.at(e.getT1())), "250@250",
            "250@500"),
        row("timed", t -> Flux.interval(ofMillis(250)).take(2)
            .timed().map(e -> t.at(e.elapsed().toNanos() + "/" + e.elapsedSinceSubscription().toMillis())),
            "250000000/250@250", "250000000/500@500"),
        row("timestamp", ReactorTimeTable::timestamp, "1250@1250"),
        row("sample", t -> Flux.interval(ofMillis(300)).take(5).sample(ofSeconds(1)).map(t::at), "2@1000", "4@1500"),
        row("sampleFirst", t -> Flux.interval(ofMillis(300)).take(6).sampleFirst(ofSeconds(1)).map(t::at),
            "0@300", "4@1500"),
        row("delayElements", t -> Flux.just("a", "b").delayElements(ofMillis(500)).map(t::at), "a@500", "b@1000"),
        row("delayElement", t -> Mono.just("a").delayElement(ofMillis(500)).map(t::at).flux(), "a@500"),
        row("delaySequence", t -> Flux.just("a", "b").delaySequence(ofMillis(500)).map(t::at), "a@500", "b@500"),
        row("delaySubscription", t -> Mono.fromSupplier(() -> t.at("in")).delaySubscription(ofSeconds(3)).flux(),
            "in@3000"),
        row("take(Duration)", t -> Flux.interval(ofSeconds(1)).take(ofMillis(2500)).map(t::at), "0@1000", "1@2000"),
        row("skip(Duration)", t -> Flux.interval(ofSeconds(1)).skip(ofMillis(2500)).take(1).map(t::at), "2@3000"),
        row("expiry of takeUntilOther", t -> Flux.interval(ofSeconds(1)).takeUntilOther(Mono.delay(ofMillis(1500)))
            .map(t::at), "0@1000"),
        row("parallel().runOn", t -> Flux.range(0, 4).parallel(2).runOn(Schedulers.parallel())
            .concatMap(n -> Mono.delay(ofSeconds(1)).thenReturn(n)).sequential().map(t::at),
            "0@1000", "1@1000", "2@2000", "3@2000"),
        on("parallel", Schedulers::parallel),
        on("single", Schedulers::single),
        on("boundedElastic", Schedulers::boundedElastic),
        on("newParallel", () -> Schedulers.newParallel("mine", 2)),
        on("newSingle", () -> Schedulers.newSingle("mine")),
        on("newBoundedElastic", () -> Schedulers.newBoundedElastic(2, 10, "mine")));
  }

  private static Duration ofHours(int hours) {
    return Duration.ofHours(hours);
  }

  private static Row row(String name, Function<Stopwatch, Flux<String>> events, String... expected) {
    return new Row(name, events, List.of(expected));
  }

  private static Flux<String> backoff(Stopwatch t) {
    return Flux.concat(Mono.fromSupplier(() -> t.at("try")), Mono.<String>error(new IllegalStateException()))
        .retryWhen(Retry.backoff(3, ofMillis(100)).jitter(0))
        .onErrorResume(e -> Mono.just(t.at("exhausted")));
  }

  private static Flux<String> cache(Stopwatch t) {
    AtomicInteger made = new AtomicInteger();
    Mono<Integer> cached = Mono.fromSupplier(made::incrementAndGet).cache(ofSeconds(10));
    return Flux.concat(cached, Mono.delay(ofMillis(9999)).then(cached), Mono.delay(ofMillis(2)).then(cached))
        .map(t::at);
  }

  /** Items at 1 s and 2 s, each kept for 1 s: a subscriber at 1.5 s sees both, one at 2.5 s the second. */
  private static Flux<String> replay(Stopwatch t) {
    Flux<String> kept = Flux.just("a", "b").delayElements(ofSeconds(1)).concatWith(Mono.never())
        .replay(ofSeconds(1)).autoConnect(0);
    return Flux.merge(
        Mono.delay(ofMillis(1500)).thenMany(kept.take(2)).map(t::at),
        Mono.delay(ofMillis(2500)).thenMany(kept.take(1)).map(t::at));
  }

  private static Flux<String> replaySink(Stopwatch t) {
    Sinks.Many<String> sink = Sinks.many().replay().limit(ofSeconds(1));
    sink.tryEmitNext("a");
    return Flux.concat(
        Mono.delay(ofMillis(500)).doOnNext(ignored -> sink.tryEmitNext("b")).thenMany(sink.asFlux().take(2)),
        Mono.delay(ofMillis(700)).thenMany(sink.asFlux().take(1))).map(t::at);
  }

  private static Flux<String> timestamp(Stopwatch t) {
    return Flux.defer(() -> {
      long start = Schedulers.parallel().now(TimeUnit.MILLISECONDS);
      return Mono.delay(ofMillis(1250)).timestamp().map(stamp -> t.at(stamp.getT1() - start));
    });
  }

  /** Returns a row that makes each kind of call to a scheduler. */
  private static Row on(String name, Supplier<Scheduler> schedulers) {
    return row(name, t -> Flux.defer(() -> {
      Scheduler scheduler = schedulers.get();
      return Flux.concat(
          Mono.just("published").publishOn(scheduler).map(t::at),
          Mono.fromSupplier(() -> t.at("subscribed")).subscribeOn(scheduler),
          Mono.delay(ofSeconds(1), scheduler).map(t::at),
          Flux.interval(ofSeconds(1), ofSeconds(2), scheduler).take(2).map(t::at),
          Mono.<String>create(sink -> scheduler.schedule(() -> sink.success(t.at("direct")), 1, TimeUnit.SECONDS)),
          Mono.<String>create(sink -> scheduler.createWorker()
              .schedulePeriodically(() -> sink.success(t.at("worker")), 1, 1, TimeUnit.SECONDS)));
    }), "published@0", "subscribed@0", "0@1000", "0@2000", "1@4000", "direct@5000", "worker@6000");
  }
}
