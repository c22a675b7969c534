package io.reactorstack.lab.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.IoEventLoop;
import io.reactorstack.lab.Lab;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A scheduler that runs on a loop obeys the contract of Reactor's schedulers. */
@Timeout(30)
class LoopSchedulerTest {

  private static final String HOOK = "LoopSchedulerTest";

  private final List<String> seen = new ArrayList<>();
  private final Lab lab = Lab.virtual(1);
  private final LoopScheduler owned = LoopScheduler.owned(lab.loop(), () -> 0, "mine");

  @BeforeEach
  @AfterEach
  void noHooks() {
    Schedulers.resetOnScheduleHook(HOOK);
    Schedulers.resetOnHandleError(HOOK);
  }

  @AfterEach
  void close() {
    lab.close();
  }

  @Test
  void tasksRunInTheOrderOfSubmissionAndDelay() {
    lab.run(() -> {
      owned.schedule(() -> seen.add("a"));
      owned.schedule(() -> seen.add("late"), 2, TimeUnit.SECONDS);
      owned.createWorker().schedule(() -> seen.add("b"));
      owned.schedule(() -> seen.add("early"), 1, TimeUnit.SECONDS);
      owned.createWorker().schedule(() -> seen.add("early too"), 1, TimeUnit.SECONDS);
      owned.schedule(() -> seen.add("no delay"), 0, TimeUnit.SECONDS);
      owned.schedule(() -> seen.add("in the past"), -5, TimeUnit.SECONDS);
    });
    lab.advance(Duration.ofSeconds(3));
    assertThat(seen).containsExactly("a", "b", "no delay", "in the past", "early", "early too", "late");
  }

  @Test
  void disposedTasksDoNotRun() {
    lab.run(() -> {
      Disposable now = owned.schedule(() -> seen.add("now"));
      Disposable later = owned.schedule(() -> seen.add("later"), 1, TimeUnit.SECONDS);
      Disposable ever = owned.schedulePeriodically(() -> seen.add("tick"), 1, 1, TimeUnit.SECONDS);
      owned.schedule(() -> seen.add("kept"));
      now.dispose();
      later.dispose();
      owned.schedule(ever::dispose, 2500, TimeUnit.MILLISECONDS);
      assertThat(now.isDisposed()).isTrue();
      assertThat(ever.isDisposed()).isFalse();
    });
    lab.advance(Duration.ofSeconds(10));
    assertThat(seen).containsExactly("kept", "tick", "tick");
  }

  @Test
  void aTaskThatHasRunIsDisposedOf() {
    AtomicReference<Disposable> task = new AtomicReference<>();
    lab.run(() -> task.set(owned.schedule(() -> seen.add("ran"))));
    assertThat(task.get().isDisposed()).isFalse();
    lab.advance(Duration.ZERO);
    assertThat(task.get().isDisposed()).isTrue();
  }

  @Test
  void disposedWorkerCancelsOnlyItsOwnTasks() {
    AtomicReference<Disposable> pending = new AtomicReference<>();
    lab.run(() -> {
      Scheduler.Worker worker = owned.createWorker();
      Scheduler.Worker other = owned.createWorker();
      worker.schedule(() -> seen.add("worker"));
      pending.set(worker.schedule(() -> seen.add("worker later"), 1, TimeUnit.SECONDS));
      worker.schedulePeriodically(() -> seen.add("worker ticks"), 1, 1, TimeUnit.SECONDS);
      other.schedule(() -> seen.add("other"));
      other.schedule(() -> seen.add("other later"), 1, TimeUnit.SECONDS);
      worker.dispose();
      worker.dispose();
      assertThat(worker.isDisposed()).isTrue();
      assertThat(other.isDisposed()).isFalse();
      assertThatThrownBy(() -> worker.schedule(() -> {})).isInstanceOf(RejectedExecutionException.class);
      assertThatThrownBy(() -> worker.schedule(() -> {}, 1, TimeUnit.SECONDS))
          .isInstanceOf(RejectedExecutionException.class);
      assertThatThrownBy(() -> worker.schedulePeriodically(() -> {}, 1, 1, TimeUnit.SECONDS))
          .isInstanceOf(RejectedExecutionException.class);
    });
    lab.advance(Duration.ofSeconds(5));
    assertThat(seen).containsExactly("other", "other later");
    assertThat(pending.get().isDisposed()).isTrue();
  }

  /** A cancelled timer does not keep a world busy. */
  @Test
  void timersOfADisposedWorkerLeaveTheLoop() {
    lab.run(() -> {
      Scheduler.Worker worker = owned.createWorker();
      for (int n = 1; n <= 100; n++) {
        worker.schedule(() -> seen.add("never"), n, TimeUnit.HOURS).isDisposed();
      }
      worker.dispose();
    });
    assertThatThrownBy(() -> lab.await(Mono.never())).hasMessageStartingWith("the world is idle at PT0S");
  }

  @Test
  void zeroPeriodLetsTimePass() {
    List<Long> ticks = lab.await(Flux.interval(Duration.ZERO, Duration.ZERO, lab.scheduler()).take(3).collectList());
    assertThat(ticks).containsExactly(0L, 1L, 2L);
  }

  @Test
  void failedTickIsReportedAndTicksContinue() {
    List<String> told = new ArrayList<>();
    Schedulers.onHandleError(HOOK, (thread, error) -> told.add(error.getMessage()));
    lab.run(() -> {
      owned.schedulePeriodically(() -> {
        seen.add("tick");
        throw new IllegalStateException("tick " + seen.size());
      }, 1, 1, TimeUnit.SECONDS);
      owned.schedule(() -> {
        throw new IllegalStateException("once");
      });
    });
    lab.advance(Duration.ofSeconds(3));
    assertThat(seen).hasSize(3);
    assertThat(told).containsExactly("once", "tick 1", "tick 2", "tick 3");
  }

  @Test
  void reactorsHookSeesEachTaskOnce() {
    AtomicInteger hooked = new AtomicInteger();
    Schedulers.onScheduleHook(HOOK, task -> {
      hooked.incrementAndGet();
      return () -> {
        seen.add("before");
        task.run();
      };
    });
    lab.run(() -> {
      owned.schedule(() -> seen.add("a"));
      owned.schedule(() -> seen.add("b"), 1, TimeUnit.SECONDS);
      Schedulers.parallel().schedule(() -> seen.add("c"), 2, TimeUnit.SECONDS);
      Scheduler.Worker worker = Schedulers.single().createWorker();
      worker.schedule(() -> seen.add("d"));
      worker.schedule(() -> seen.add("e"), 3, TimeUnit.SECONDS);
    });
    lab.advance(Duration.ofSeconds(5));
    assertThat(hooked).hasValue(5);
    assertThat(seen).containsExactly("before", "a", "before", "d", "before", "b", "before", "c", "before", "e");
  }

  @Test
  void disposedSchedulerRejectsTasks() {
    lab.run(() -> {
      owned.schedule(() -> seen.add("dropped"));
      owned.schedule(() -> seen.add("dropped too"), 1, TimeUnit.SECONDS);
      Scheduler.Worker worker = owned.createWorker();
      owned.dispose();
      assertThat(owned.isDisposed()).isTrue();
      assertThat(worker.isDisposed()).isTrue();
      assertThatThrownBy(() -> owned.schedule(() -> {})).isInstanceOf(RejectedExecutionException.class);
      assertThatThrownBy(() -> worker.schedule(() -> {})).isInstanceOf(RejectedExecutionException.class);
    });
    lab.advance(Duration.ofSeconds(5));
    assertThat(seen).isEmpty();
  }

  @Test
  void gracefulDisposalWaitsForAcceptedTasksButNotForTicks() {
    lab.run(() -> {
      owned.schedule(() -> seen.add("a"), 3, TimeUnit.SECONDS);
      owned.schedule(() -> seen.add("b"));
      owned.schedule(() -> seen.add("cancelled"), 1, TimeUnit.HOURS).dispose();
      owned.schedulePeriodically(() -> seen.add("tick"), 4, 1, TimeUnit.SECONDS);
      owned.disposeGracefully().subscribe(null, null, () -> seen.add("ended"));
      assertThatThrownBy(() -> owned.schedule(() -> {})).isInstanceOf(RejectedExecutionException.class);
    });
    lab.advance(Duration.ofSeconds(10));
    assertThat(seen).containsExactly("b", "a", "ended");
    lab.await(owned.disposeGracefully());
  }

  @Test
  void schedulerOfTheWorldCannotBeDisposed() {
    lab.scheduler().dispose();
    lab.await(lab.scheduler().disposeGracefully());
    assertThat(lab.scheduler().isDisposed()).isFalse();
    assertThat(lab.await(Mono.delay(Duration.ofSeconds(1), lab.scheduler()))).isEqualTo(0L);
  }

  @Test
  void aClosedWorldRejects() {
    IoEventLoop loop = lab.loop();
    Scheduler.Worker worker = lab.scheduler().createWorker();
    lab.close();
    assertThat(loop.isTerminated()).isTrue();
    assertThat(lab.scheduler().isDisposed()).isTrue();
    assertThatThrownBy(() -> lab.scheduler().schedule(() -> {})).isInstanceOf(RejectedExecutionException.class);
    assertThatThrownBy(() -> lab.scheduler().schedule(() -> {}, 1, TimeUnit.SECONDS))
        .isInstanceOf(RejectedExecutionException.class);
    assertThatThrownBy(() -> worker.schedule(() -> {})).isInstanceOf(RejectedExecutionException.class);
    assertThatThrownBy(() -> Mono.delay(Duration.ofSeconds(1), lab.scheduler()).block())
        .isInstanceOf(RejectedExecutionException.class);
  }

  /** Threads outside may schedule tasks, and dispose of them, at any time. */
  @Test
  void threadsOutsideMayScheduleAndDispose() throws Exception {
    AtomicInteger ran = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int n = 0; n < 4; n++) {
      threads.add(new Thread(() -> {
        for (int turn = 0; turn < 500; turn++) {
          Scheduler.Worker worker = owned.createWorker();
          owned.schedule(ran::incrementAndGet);
          Disposable late = worker.schedule(ran::incrementAndGet, 1, TimeUnit.SECONDS);
          worker.schedule(() -> seen.add("never"), 2, TimeUnit.SECONDS);
          if (turn % 2 == 0) {
            late.dispose();
          }
          owned.schedule(worker::dispose, 1500, TimeUnit.MILLISECONDS);
        }
      }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    lab.advance(Duration.ofSeconds(5));
    assertThat(ran).hasValue(4 * 500 + 4 * 250);
    assertThat(seen).isEmpty();
    lab.await(owned.disposeGracefully());
  }
}
