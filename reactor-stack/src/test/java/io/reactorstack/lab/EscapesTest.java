package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Signals from threads outside reach a world, which reports each line of code once. */
@Timeout(30)
class EscapesTest {

  @Test
  void aFutureOfTheJvmsPoolIsDeliveredAndReported() {
    try (Lab lab = Lab.virtual(1)) {
      lab.advance(Duration.ofSeconds(3));
      Mono<String> outside = Mono.fromFuture(() -> CompletableFuture.supplyAsync(EscapesTest::slowly));
      String seen = lab.await(outside.publishOn(lab.scheduler()).map(v -> v + Thread.currentThread().getName()));
      assertThat(seen).startsWith("slow reactor-stack-lab");
      assertThat(lab.escapes()).singleElement().satisfies(escape -> {
        assertThat(escape.sentence()).startsWith("a signal for this world was produced in a fork-join pool of the JVM");
        assertThat(escape.thread()).contains("ForkJoinPool");
        assertThat(escape.at()).isEqualTo(Duration.ofSeconds(3));
        assertThat(escape.source().getFirst().getClassName()).doesNotStartWith("io.netty");
        assertThat(escape.source()).anyMatch(frame -> frame.getClassName().contains("CompletableFuture"));
        assertThat(escape.waiting()).anyMatch(frame -> frame.getMethodName().startsWith("aFutureOfTheJvmsPool"));
        assertThat(escape.toString()).contains("seed does not determine").contains("PT3S");
      });
    }
  }

  /** Takes real time, less than an idle world waits for a signal. */
  private static String slowly() {
    CountDownLatch never = new CountDownLatch(1);
    try {
      assertThat(never.await(20, TimeUnit.MILLISECONDS)).isFalse();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return "slow ";
  }

  /** Without an operator that changes the thread, the terminal signal itself comes from outside. */
  @Test
  void terminalSignalFromOutsideIsDelivered() {
    try (Lab lab = Lab.virtual(1); ExecutorService pool = Executors.newSingleThreadExecutor()) {
      assertThat(lab.await(Mono.fromFuture(() -> CompletableFuture.supplyAsync(EscapesTest::slowly, pool))))
          .isEqualTo("slow ");
      assertThatThrownBy(() -> lab.await(Mono.fromFuture(() -> CompletableFuture.supplyAsync(() -> {
        throw new IllegalArgumentException("broken outside");
      }, pool)))).isInstanceOf(IllegalArgumentException.class).hasMessage("broken outside");
      assertThat(lab.await(Mono.fromFuture(() -> CompletableFuture.runAsync(EscapesTest::slowly, pool)))).isNull();
      assertThat(lab.escapes()).isNotEmpty()
          .allMatch(escape -> escape.sentence()
              .startsWith("a signal for this world was produced on a thread of the program"));
    }
  }

  /**
   * The report reads the stack of the thread that drives the world, and the world stays busy until then. A signal that
   * was delivered too early would therefore arrive within the 200 ms.
   */
  @Test
  void terminalSignalFromOutsideIsReportedBeforeDelivery() throws InterruptedException {
    CountDownLatch delivered = new CountDownLatch(1);
    CountDownLatch reporting = new CountDownLatch(1);
    AtomicBoolean late = new AtomicBoolean(true);
    Thread driver = new Thread("driver") {

      @Override
      public void run() {
        try (Lab lab = Lab.virtual(1)) {
          lab.await(Mono.create(sink -> {
            Thread.ofPlatform().start(sink::success);
            stayBusy(lab, reporting);
          }));
          delivered.countDown();
        }
      }

      @Override
      public StackTraceElement[] getStackTrace() {
        reporting.countDown();
        try {
          // Takes the full 200 ms only if the signal has not been delivered, as it should be.
          late.set(delivered.await(200, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        return super.getStackTrace();
      }
    };
    driver.start();
    driver.join();
    assertThat(late).as("reported after it was delivered").isFalse();
  }

  private static void stayBusy(Lab lab, CountDownLatch until) {
    if (until.getCount() > 0) {
      lab.loop().execute(() -> stayBusy(lab, until));
    }
  }

  @Test
  void theSameLineIsReportedOnceHoweverOftenItSignals() {
    try (Lab lab = Lab.virtual(1); ExecutorService pool = Executors.newSingleThreadExecutor()) {
      Scheduler own = Schedulers.fromExecutorService(pool);
      assertThat(lab.await(Flux.range(0, 50).concatMap(n -> Mono.fromSupplier(() -> n).subscribeOn(own)
          .publishOn(lab.scheduler())).collectList())).hasSize(50).isSorted();
      assertThat(lab.escapes()).singleElement()
          .satisfies(escape -> assertThat(escape.sentence()).contains("on a thread of the program"));
    }
  }

  @Test
  void signalsFromOutsideKeepTheirOrder() {
    try (Lab lab = Lab.virtual(1); ExecutorService pool = Executors.newSingleThreadExecutor()) {
      Sinks.Many<Integer> sink = Sinks.many().unicast().onBackpressureBuffer();
      Mono<List<Integer>> seen = sink.asFlux().publishOn(lab.scheduler()).collectList()
          .doOnSubscribe(s -> pool.execute(() -> {
            for (int n = 0; n < 1000; n++) {
              sink.tryEmitNext(n);
            }
            sink.tryEmitComplete();
          }));
      assertThat(lab.await(seen)).hasSize(1000).isSorted();
    }
  }

  @Test
  void aWorkerMadeOutsideStaysOutside() {
    try (Lab lab = Lab.virtual(1)) {
      Scheduler.Worker worker = Schedulers.parallel().createWorker();
      try {
        Mono<Integer> late = Mono.create(sink -> worker.schedule(() -> sink.success(1)));
        assertThat(lab.await(late)).isEqualTo(1);
        assertThat(lab.escapes()).singleElement().satisfies(escape -> {
          assertThat(escape.sentence())
              .startsWith("a signal for this world was produced by a scheduler of Reactor outside");
          assertThat(escape.thread()).startsWith("parallel-");
        });
      } finally {
        worker.dispose();
      }
    }
  }

  @Test
  void aSourceThatTwoWorldsShareBelongsToTheFirst() throws Exception {
    try (Lab first = Lab.virtual(1); Lab second = Lab.virtual(2)) {
      Flux<Long> shared = Flux.interval(Duration.ofSeconds(1)).publish().refCount(1);
      CompletableFuture<Long> heard = new CompletableFuture<>();
      CountDownLatch listening = new CountDownLatch(1);
      first.run(() -> shared.subscribe(n -> {}));
      // The second world listens once its loop has had a turn after the subscription.
      Thread other = new Thread(() -> heard.complete(second.await(
          shared.next().doOnRequest(n -> second.loop().execute(listening::countDown)))));
      other.start();
      listening.await();
      first.advance(Duration.ofSeconds(5));
      other.join();
      assertThat(heard.getNow(-1L)).isNotNegative();
      assertThat(second.escapes()).singleElement().satisfies(
          escape -> assertThat(escape.sentence())
              .startsWith("a signal for this world was produced on the thread of another"));
      assertThat(first.escapes()).isEmpty();
    }
  }

  @Test
  void strictWorldFailsOnAnEscapeAndCancelsThePublisher() {
    try (Lab lab = Lab.builder().strict().virtualTime(); ExecutorService pool = Executors.newSingleThreadExecutor()) {
      List<String> cancelled = new ArrayList<>();
      Mono<String> outside = Mono.fromFuture(() -> CompletableFuture.supplyAsync(EscapesTest::slowly, pool))
          .publishOn(lab.scheduler()).then(Mono.<String>never()).doOnCancel(() -> cancelled.add("cancelled"));
      assertThatThrownBy(() -> lab.await(outside)).isInstanceOf(EscapeException.class)
          .hasMessageContaining("a signal for this world was produced on a thread of the program")
          .hasMessageContaining("at PT0S")
          .cause().satisfies(cause -> assertThat(cause.getStackTrace()).isNotEmpty());
      assertThat(cancelled).containsExactly("cancelled");
    }
  }

  /** Between two awaits the thread that drives the world may do anything in it: this is deterministic. */
  @Test
  void theThreadOfTheTestIsNotOutside() {
    try (Lab lab = Lab.builder().strict().virtualTime()) {
      Sinks.One<String> sink = Sinks.one();
      List<String> seen = new ArrayList<>();
      lab.run(() -> sink.asMono().publishOn(lab.scheduler()).subscribe(seen::add));
      sink.tryEmitValue("from the test");
      lab.loop().execute(() -> seen.add("task"));
      lab.advance(Duration.ZERO);
      assertThat(seen).containsExactly("from the test", "task");
      assertThat(lab.escapes()).isEmpty();
    }
  }

  @Test
  void idleWorldStallsWithinSeconds() {
    try (Lab lab = Lab.virtual(1)) {
      long before = System.nanoTime();
      assertThatThrownBy(() -> lab.await(Mono.never())).isInstanceOf(StalledException.class)
          .hasMessage("the world is idle at PT0S: no timer is set and no frame is in transit that could end the"
              + " publisher, and no signal came from outside");
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
    }
  }

  @Test
  void realTimeHasNoEscapes() {
    try (Lab lab = Lab.builder().strict().realTime()) {
      assertThat(lab.await(Mono.fromFuture(() -> CompletableFuture.supplyAsync(EscapesTest::slowly))))
          .isEqualTo("slow ");
      assertThat(lab.escapes()).isEmpty();
    }
  }
}
