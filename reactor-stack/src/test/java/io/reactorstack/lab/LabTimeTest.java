package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

@Timeout(30)
class LabTimeTest {

  @Test
  void idleWorldSkipsToTheNextTimer() {
    try (Lab lab = Lab.virtual(1)) {
      Long value = lab.await(Mono.delay(Duration.ofMinutes(10), lab.scheduler()));
      assertThat(value).isEqualTo(0L);
      assertThat(lab.now()).isEqualTo(Duration.ofMinutes(10));
    }
  }

  @Test
  void everyTimerSeesItsOwnInstant() {
    try (Lab lab = Lab.virtual(1)) {
      List<Duration> seen = new ArrayList<>();
      Flux<Long> ticks = Flux.interval(Duration.ofMillis(250), lab.scheduler()).take(4)
          .doOnNext(n -> seen.add(lab.now()));
      lab.await(ticks.then());
      assertThat(seen).containsExactly(Duration.ofMillis(250), Duration.ofMillis(500), Duration.ofMillis(750),
          Duration.ofSeconds(1));
    }
  }

  @Test
  void advanceStopsExactlyAtItsEnd() {
    try (Lab lab = Lab.virtual(1)) {
      List<Duration> fired = new ArrayList<>();
      lab.run(() -> lab.scheduler().schedule(() -> fired.add(lab.now()), 5, java.util.concurrent.TimeUnit.SECONDS));
      lab.advance(Duration.ofMillis(4999));
      assertThat(fired).isEmpty();
      lab.advance(Duration.ofMillis(3));
      assertThat(fired).containsExactly(Duration.ofSeconds(5));
      assertThat(lab.now()).isEqualTo(Duration.ofMillis(5002));
    }
  }

  @Test
  void awaitInAnIdleWorldStalls() {
    try (Lab lab = Lab.virtual(1)) {
      lab.advance(Duration.ofSeconds(3));
      assertThatThrownBy(() -> lab.await(Mono.never()))
          .isInstanceOf(StalledException.class)
          .hasMessageStartingWith("the world is idle at PT3S");
    }
  }

  @Test
  void limitEndsAnEndlessPublisher() {
    try (Lab lab = Lab.builder().limit(Duration.ofMinutes(1)).virtualTime()) {
      List<String> events = new ArrayList<>();
      Mono<Void> endless = Flux.interval(Duration.ofSeconds(1), lab.scheduler())
          .doOnCancel(() -> events.add("cancelled")).then();
      assertThatThrownBy(() -> lab.await(endless))
          .isInstanceOf(StalledException.class)
          .hasMessage("the publisher has not ended within PT1M of virtual time; it is PT1M");
      assertThat(events).containsExactly("cancelled");
      assertThatThrownBy(() -> lab.await(endless, Duration.ofSeconds(5))).hasMessageContaining("within PT5S");
    }
  }

  @Test
  void errorsAreThrownAsByBlock() {
    try (Lab lab = Lab.virtual(1)) {
      assertThatThrownBy(() -> lab.await(Mono.error(new IllegalArgumentException("why"))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("why");
      assertThatThrownBy(() -> lab.await(Mono.error(new IOException("broken")))).hasCauseInstanceOf(IOException.class);
      assertThatThrownBy(() -> lab.await(Mono.never().timeout(Duration.ofHours(1).minusSeconds(1), lab.scheduler())))
          .hasCauseInstanceOf(TimeoutException.class);
      assertThat(lab.<Object>await(Mono.empty())).isNull();
    }
  }

  @Test
  void worldRunsOnItsOwnNettyThreadAndCannotAwaitItself() {
    try (Lab lab = Lab.virtual(1)) {
      AtomicReference<Thread> thread = new AtomicReference<>();
      assertThatThrownBy(() -> lab.await(Mono.fromSupplier(() -> {
        thread.set(Thread.currentThread());
        return lab.await(Mono.just(1));
      }))).isInstanceOf(IllegalStateException.class).hasMessageContaining("driven already");
      assertThat(thread.get()).isInstanceOf(FastThreadLocalThread.class).isNotSameAs(Thread.currentThread());
      assertThat(lab.loop().inEventLoop(thread.get())).isTrue();
      assertThat(lab.call(lab::now)).isEqualTo(Duration.ZERO);
    }
  }

  @Test
  void randomStreamsAreSplitByName() {
    try (Lab one = Lab.virtual(7); Lab other = Lab.virtual(8)) {
      assertThat(one.random("a").nextLong()).isEqualTo(one.random("a").nextLong())
          .isNotEqualTo(one.random("b").nextLong())
          .isNotEqualTo(other.random("a").nextLong());
    }
  }

  @Test
  void closingTwiceIsHarmlessAndAClosedLabRejectsCalls() {
    Lab lab = Lab.virtual(1);
    lab.close();
    lab.close();
    assertThat(lab.loop().isTerminated()).isTrue();
    assertThatThrownBy(() -> lab.await(Mono.just(1))).isInstanceOf(IllegalStateException.class)
        .hasMessage("the lab is closed");
  }

  /** Covers an idle world, and one whose code starts over forever at one instant: the test's timeout ends both. */
  @Test
  void anInterruptEndsEveryWait() throws Exception {
    for (String kind : List.of("idle", "busy at one instant")) {
      CountDownLatch running = new CountDownLatch(1);
      CountDownLatch cancelled = new CountDownLatch(1);
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      try (Lab lab = Lab.virtual(1)) {
        Mono<?> endless = kind.equals("idle")
            ? Mono.never().doOnSubscribe(s -> running.countDown())
            : Mono.delay(Duration.ZERO).doOnNext(n -> running.countDown()).repeat().then();
        Thread driver = new Thread(() -> {
          try {
            lab.await(endless.doOnCancel(cancelled::countDown));
          } catch (Throwable e) {
            thrown.set(e);
          }
        });
        driver.start();
        running.await();
        driver.interrupt();
        driver.join();
        assertThat(thrown.get()).as(kind).isInstanceOf(IllegalStateException.class)
            .hasMessage("interrupted while driving the lab");
        cancelled.await();
        assertThat(lab.await(Mono.delay(Duration.ofSeconds(1)))).as(kind).isEqualTo(0L);
      }
    }
  }

  @Test
  void twoThreadsThatDriveOneWorldTakeTurns() throws Exception {
    try (Lab lab = Lab.virtual(1)) {
      List<Thread> drivers = new ArrayList<>();
      List<Throwable> thrown = java.util.Collections.synchronizedList(new ArrayList<>());
      for (int n = 0; n < 4; n++) {
        drivers.add(Thread.ofPlatform().uncaughtExceptionHandler((thread, error) -> thrown.add(error)).start(() -> {
          for (int turn = 0; turn < 50; turn++) {
            lab.await(Mono.delay(Duration.ofSeconds(1)));
            lab.advance(Duration.ofSeconds(1));
            lab.run(() -> {});
          }
        }));
      }
      for (Thread driver : drivers) {
        driver.join();
      }
      assertThat(thrown).isEmpty();
      assertThat(lab.now()).isEqualTo(Duration.ofSeconds(4 * 50 * 2));
    }
  }

  @Test
  void realTimeHasTheSameApi() {
    try (Lab lab = Lab.realTime(1)) {
      assertThat(lab.await(Mono.delay(Duration.ofMillis(5), lab.scheduler()))).isEqualTo(0L);
      assertThat(lab.now()).isGreaterThanOrEqualTo(Duration.ofMillis(5));
      lab.advance(Duration.ofMillis(5));
      assertThat(lab.now()).isGreaterThanOrEqualTo(Duration.ofMillis(10));
      assertThatThrownBy(() -> lab.await(Sinks.empty().asMono(), Duration.ofMillis(1)))
          .isInstanceOf(StalledException.class);
      assertThatThrownBy(() -> lab.await(Mono.error(new IOException("broken")))).hasCauseInstanceOf(IOException.class);
      assertThatThrownBy(() -> lab.await(Mono.fromSupplier(() -> lab.await(Mono.just(1)))))
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
