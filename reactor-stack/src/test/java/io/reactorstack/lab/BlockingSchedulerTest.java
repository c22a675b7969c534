package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Reactor's schedulers for blocking work in a world: lanes, queues, periods and disposal; and threads that the user
 * starts.
 */
@Timeout(60)
class BlockingSchedulerTest {

  private final List<String> log = new ArrayList<>();

  private Runnable sleeper(Lab lab, String name, long millis) {
    return () -> {
      log.add(name + " begins at " + lab.now().toMillis());
      try {
        Thread.sleep(millis);
        log.add(name + " ends at " + lab.now().toMillis());
      } catch (InterruptedException e) {
        log.add(name + " interrupted at " + lab.now().toMillis());
      }
    };
  }

  @Test
  void tasksWaitForOneOfTheLanesAndAreRejectedBeyondTheQueue() {
    try (Lab lab = Lab.virtual(1)) {
      lab.run(() -> {
        Scheduler two = Schedulers.newBoundedElastic(2, 1, "two");
        for (String name : List.of("a", "b", "c", "d")) {
          two.schedule(sleeper(lab, name, 10));
        }
        Mono.delay(Duration.ofMillis(1)).subscribe(n -> {
          two.schedule(sleeper(lab, "e", 10));
          two.schedule(sleeper(lab, "f", 10));
        }, error -> log.add(error.getClass().getSimpleName()));
      });
      lab.advance(Duration.ofSeconds(1));
    }
    assertThat(log).containsExactly("a begins at 0", "b begins at 0", "ReactorRejectedExecutionException",
        "a ends at 10",
        "c begins at 10", "b ends at 10", "d begins at 10", "c ends at 20", "d ends at 20");
  }

  @Test
  void workerRunsTasksInOrderAndDisposalInterrupts() {
    try (Lab lab = Lab.virtual(1)) {
      Scheduler.Worker worker = lab.call(() -> Schedulers.boundedElastic().createWorker());
      lab.run(() -> {
        worker.schedule(sleeper(lab, "late", 1), 25, TimeUnit.MILLISECONDS);
        worker.schedule(sleeper(lab, "a", 10));
        worker.schedule(sleeper(lab, "b", 10));
        worker.schedule(sleeper(lab, "c", 10));
        worker.schedule(sleeper(lab, "d", 10));
      });
      lab.advance(Duration.ofMillis(35));
      lab.run(worker::dispose);
      lab.advance(Duration.ofSeconds(1));
      assertThatThrownBy(() -> lab.run(() -> worker.schedule(() -> {}))).isInstanceOf(RejectedExecutionException.class);
    }
    assertThat(log).containsExactly("a begins at 0", "a ends at 10", "b begins at 10", "b ends at 20", "c begins at 20",
        "c ends at 30", "d begins at 30", "d interrupted at 35");
  }

  @Test
  void periodicTaskKeepsItsPeriodUntilDisposal() {
    try (Lab lab = Lab.virtual(1)) {
      Disposable period = lab.call(() -> Schedulers.boundedElastic().schedulePeriodically(sleeper(lab, "p", 4), 5, 10,
          TimeUnit.MILLISECONDS));
      lab.advance(Duration.ofMillis(27));
      lab.run(period::dispose);
      lab.advance(Duration.ofMillis(100));
      assertThat(period.isDisposed()).isTrue();
    }
    assertThat(log).containsExactly("p begins at 5", "p ends at 9", "p begins at 15", "p ends at 19", "p begins at 25",
        "p interrupted at 27");
  }

  @Test
  void aTaskThatFailsDoesNotStopItsLane() {
    try (Lab lab = Lab.virtual(1)) {
      List<Throwable> errors = new ArrayList<>();
      Schedulers.onHandleError((thread, error) -> errors.add(error));
      try {
        lab.run(() -> {
          Scheduler one = Schedulers.newBoundedElastic(1, 10, "one");
          one.schedule(() -> {
            throw new IllegalStateException("broken");
          });
          one.schedule(sleeper(lab, "next", 1));
        });
        lab.advance(Duration.ofMillis(5));
      } finally {
        Schedulers.resetOnHandleError();
      }
      assertThat(errors).singleElement().isInstanceOf(IllegalStateException.class);
    }
    assertThat(log).containsExactly("next begins at 0", "next ends at 1");
  }

  /** A handler on the loop starts virtual threads itself: they belong to the world, as those of blocking code do. */
  @Test
  void virtualThreadsOfTheUserBelongToTheWorld() {
    try (Lab lab = Lab.virtual(1)) {
      lab.run(() -> Thread.startVirtualThread(sleeper(lab, "started", 10)));
      lab.run(() -> Thread.ofVirtual().name("built").start(sleeper(lab, "built", 20)));
      Future<String> submitted = lab.call(() -> {
        ExecutorService own = Executors.newVirtualThreadPerTaskExecutor();
        return own.submit(
            () -> Flux.range(0, 3).delayElements(Duration.ofMillis(10)).blockLast() + " at " + lab.now().toMillis());
      });
      lab.advance(Duration.ofMillis(100));
      assertThat(submitted).succeedsWithin(Duration.ZERO).isEqualTo("2 at 30");
      assertThat(lab.escapes()).isEmpty();
    }
    assertThat(log).containsExactly("started begins at 0", "built begins at 0", "started ends at 10",
        "built ends at 20");
  }

  @Test
  void virtualThreadsOutsideTakeRealTime() throws InterruptedException {
    try (Lab lab = Lab.virtual(1)) {
      lab.advance(Duration.ofDays(1));
      List<Long> took = new ArrayList<>();
      Thread.ofVirtual().start(() -> {
        long before = System.nanoTime();
        try {
          Thread.sleep(20);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        took.add(System.nanoTime() - before);
      }).join();
      assertThat(took).singleElement().satisfies(nanos -> assertThat(nanos).isBetween(19_000_000L, 20_000_000_000L));
    }
  }
}
