package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** The JVM keeps no reference to a closed world, whatever happened in it: a thousand seeds fit into one heap. */
@Timeout(60)
class ClosedWorldsTest {

  private static final int WORLDS = 5;

  /** Runs the scenario in several worlds, and checks that they can be collected. */
  private static void goes(Consumer<Lab> scenario) {
    List<Thread> threads = new ArrayList<>();
    List<WeakReference<?>> parts = new ArrayList<>();
    for (int seed = 0; seed <= WORLDS; seed++) {
      run(seed, scenario, threads, parts);
      if (seed == 0) {
        // The first world does not count: the JVM may permanently keep objects that its first use sets up.
        parts.clear();
      }
    }
    for (Thread thread : threads) {
      join(thread);
    }
    threads.clear();
    System.gc();
    assertThat(parts).map(WeakReference::get).containsOnlyNulls();
  }

  private static void run(long seed, Consumer<Lab> scenario, List<Thread> threads, List<WeakReference<?>> parts) {
    try (Lab lab = Lab.virtual(seed)) {
      threads.add(lab.call(Thread::currentThread));
      scenario.accept(lab);
      parts.add(new WeakReference<>(lab));
      parts.add(new WeakReference<>(lab.loop()));
      lab.hosts().forEach(host -> parts.add(new WeakReference<>(host)));
    }
  }

  private static void join(Thread thread) {
    try {
      assertThat(thread.join(Duration.ofSeconds(30))).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void withAnOpenConnection() {
    goes(lab -> {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").address("10.0.0.1/24").connectTo(lan);
      Host server = lab.host("server").address("10.0.0.2/24").connectTo(lan);
      server.stack().tcp().listen(7).flatMap(connection -> connection.send(connection.receive()))
          .subscribe(sent -> {}, stopped -> {});
      assertThat(lab.await(client.stack().tcp().connect("10.0.0.2", 7))).isNotNull();
    });
  }

  @Test
  void withTimersThatAreNotDue() {
    goes(lab -> {
      lab.run(() -> {
        Mono.delay(Duration.ofDays(1)).subscribe();
        Flux.interval(Duration.ofDays(1), Schedulers.newParallel("mine")).subscribe();
        Mono.never().timeout(Duration.ofDays(1)).subscribe(value -> {}, late -> {});
      });
      lab.advance(Duration.ofHours(1));
    });
  }

  @Test
  void withBlockingCodeThatIsInterrupted() {
    goes(lab -> lab.run(() -> Mono.fromCallable(() -> {
      new CountDownLatch(1).await();
      return 0;
    }).subscribeOn(Schedulers.boundedElastic()).subscribe(value -> {}, interrupted -> {})));
  }

  @Test
  void withBlockingCodeThatNeverEnds() {
    goes(lab -> {
      CountDownLatch never = new CountDownLatch(1);
      lab.run(() -> Mono.fromRunnable(() -> waitsThroughInterrupts(never)).subscribeOn(Schedulers.boundedElastic())
          .subscribe());
      lab.advance(Duration.ofSeconds(1));
    });
  }

  private static void waitsThroughInterrupts(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        // Keep waiting in spite of the interrupt.
      }
    }
  }

  @Test
  void withBlockingCodeOfAHostThatHasCrashed() {
    goes(lab -> {
      Switch lan = lab.newSwitch("lan");
      Host host = lab.host("host").address("10.0.0.1/24")
          .runs(own -> waitsThroughInterrupts(new CountDownLatch(1))).connectTo(lan);
      lab.advance(Duration.ofSeconds(1));
      host.crash();
      lab.advance(Duration.ofSeconds(1));
    });
  }

  @Test
  void withThreadsOfTheUser() {
    goes(lab -> lab.blocking(() -> {
      Thread child = Thread.startVirtualThread(() -> waitsThroughInterrupts(new CountDownLatch(1)));
      return child.isAlive();
    }));
  }

  @Test
  void withASourceThatOutlivesIt() {
    Sinks.Many<Integer> source = Sinks.many().multicast().directBestEffort();
    goes(lab -> lab.await(source.asFlux().timeout(Duration.ofSeconds(1)).then().onErrorComplete()));
    assertThat(source.currentSubscriberCount()).isZero();
  }
}
