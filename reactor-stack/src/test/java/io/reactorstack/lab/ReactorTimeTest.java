package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** Reactor's operators in a world take its time without any configuration; outside they take the machine's time. */
@Timeout(60)
class ReactorTimeTest {

  static Stream<ReactorTimeTable.Row> rows() {
    return ReactorTimeTable.rows().stream();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void inOneWorldEverySignalIsAtItsInstant(ReactorTimeTable.Row row) {
    try (Lab lab = Lab.builder().limit(Duration.ofDays(1)).virtualTime()) {
      assertThat(lab.await(ReactorTimeTable.events(row, lab::now))).isEqualTo(row.expected());
      // Once more at a later instant: nothing depends on the beginning of the world.
      lab.advance(Duration.ofMillis(12_345));
      assertThat(lab.await(ReactorTimeTable.events(row, lab::now))).isEqualTo(row.expected());
      assertThat(lab.escapes()).isEmpty();
    }
  }

  /** Runs all rows together in each of eight worlds, beside a ticker outside that the machine's clock drives. */
  @Test
  void eightWorldsOnFourThreadsDoNotMixAndTheMachineGoesOnOutside() throws Exception {
    Map<String, List<String>> expected = rows()
        .collect(Collectors.toMap(ReactorTimeTable.Row::name, ReactorTimeTable.Row::expected));
    List<String> outside = new ArrayList<>();
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService drivers = Executors.newFixedThreadPool(4)) {
      List<Future<Map<String, List<String>>>> worlds = Stream.generate(() -> drivers.submit(ReactorTimeTest::allRows))
          .limit(8).toList();
      Flux.interval(Duration.ofMillis(2)).doOnNext(n -> outside.add(Thread.currentThread().getName()))
          .takeUntil(n -> n >= 5 && done.get())
          .doOnSubscribe(s -> drivers.submit(() -> {
            for (Future<?> world : worlds) {
              world.get();
            }
            done.set(true);
            return true;
          })).blockLast(Duration.ofSeconds(50));
      for (Future<Map<String, List<String>>> world : worlds) {
        assertThat(world.get()).isEqualTo(expected);
      }
    }
    assertThat(outside).hasSizeGreaterThan(5).allMatch(thread -> thread.startsWith("parallel-"));
  }

  private static Map<String, List<String>> allRows() {
    try (Lab lab = Lab.builder().limit(Duration.ofDays(1)).virtualTime()) {
      Map<String, List<String>> seen = new LinkedHashMap<>();
      lab.await(Flux.fromIterable(ReactorTimeTable.rows())
          .flatMap(row -> ReactorTimeTable.events(row, lab::now).doOnNext(events -> seen.put(row.name(), events)), 100)
          .then());
      assertThat(lab.escapes()).isEmpty();
      return seen;
    }
  }

  @Test
  void theThreadThatSubscribesDecidesAndNotTheOneThatAssembles() {
    try (Lab lab = Lab.virtual(1)) {
      Mono<String> threads = Mono.delay(Duration.ofMillis(3)).map(n -> Thread.currentThread().getName());
      assertThat(lab.await(threads)).startsWith("reactor-stack-lab");
      assertThat(lab.now()).isEqualTo(Duration.ofMillis(3));
      assertThat(threads.block(Duration.ofSeconds(20))).startsWith("parallel-");
      assertThat(lab.now()).isEqualTo(Duration.ofMillis(3));
    }
  }

  @Test
  void outsideTimeAndThreadsAreReactorsOwnWhileALabIsOpen() {
    try (Lab lab = Lab.virtual(1)) {
      lab.advance(Duration.ofDays(1));
      long before = System.currentTimeMillis();
      assertThat(Schedulers.parallel().now(TimeUnit.MILLISECONDS)).isBetween(before, before + 60_000);
      for (var scheduler : Map.of("parallel-", Schedulers.parallel(), "single-", Schedulers.single(),
          "boundedElastic-", Schedulers.boundedElastic()).entrySet()) {
        assertThat(Mono.fromSupplier(() -> Thread.currentThread().getName()).subscribeOn(scheduler.getValue())
            .block(Duration.ofSeconds(20))).startsWith(scheduler.getKey());
      }
    }
  }

  @Test
  void aVerifierThatIsStartedInTheWorldEndsInItsTime() {
    try (Lab lab = Lab.virtual(1)) {
      StepVerifier verifier = lab.call(() -> StepVerifier.create(Flux.interval(Duration.ofHours(1)).take(2))
          .expectNext(0L).expectNext(1L).expectComplete().verifyLater());
      lab.advance(Duration.ofHours(2));
      verifier.verify(Duration.ofSeconds(20));
    }
  }

  @Test
  void labSchedulerReturnsTheTimeAndDateOfTheWorld() {
    Instant start = Instant.parse("2031-05-06T07:08:09.123456789Z");
    try (Lab lab = Lab.builder().startsAt(start).virtualTime()) {
      lab.advance(Duration.ofHours(3));
      assertThat(lab.scheduler().now(TimeUnit.MILLISECONDS)).isEqualTo(start.toEpochMilli() + 3 * 3_600_000);
      assertThat(lab.scheduler().now(TimeUnit.SECONDS)).isEqualTo(start.getEpochSecond() + 3 * 3_600);
      long before = lab.scheduler().now(TimeUnit.NANOSECONDS);
      lab.advance(Duration.ofNanos(77));
      assertThat(lab.scheduler().now(TimeUnit.NANOSECONDS)).isEqualTo(before + 77);
      Long elapsed = lab.await(
          Mono.delay(Duration.ofSeconds(5), lab.scheduler()).elapsed(lab.scheduler()).map(e -> e.getT1()));
      assertThat(elapsed).isEqualTo(5000L);
      List<Object> timed = lab.await(Mono.delay(Duration.ofSeconds(5), lab.scheduler()).timed(lab.scheduler())
          .map(t -> List.of(t.elapsed(), t.timestamp().toEpochMilli())));
      assertThat(timed).isEqualTo(List.of(Duration.ofSeconds(5),
          start.plus(Duration.ofHours(3)).plusSeconds(10).toEpochMilli()));
    }
  }
}
