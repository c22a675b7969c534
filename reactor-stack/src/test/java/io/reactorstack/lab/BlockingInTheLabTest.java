package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** Every wait of blocking code in a world ends at the virtual instant at which it should. */
@Timeout(60)
class BlockingInTheLabTest {

  private interface Wait {
    void run() throws Exception;
  }

  private static void takes(Duration expected, Wait wait) {
    try (Lab lab = Lab.virtual(1)) {
      lab.blocking(() -> {
        Duration before = lab.now();
        Instant date = Instant.now();
        long nanos = System.nanoTime();
        wait.run();
        assertThat(lab.now().minus(before)).isEqualTo(expected);
        assertThat(Duration.between(date, Instant.now())).isEqualTo(expected);
        assertThat(System.nanoTime() - nanos).isEqualTo(expected.toNanos());
        return true;
      });
    }
  }

  private static DynamicTest wait(String name, Duration expected, Wait wait) {
    return DynamicTest.dynamicTest(name, () -> takes(expected, wait));
  }

  private static Thread after(Duration delay, Runnable action) {
    return Thread.startVirtualThread(() -> {
      try {
        Thread.sleep(delay);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      action.run();
    });
  }

  @TestFactory
  Stream<DynamicTest> waits() {
    Duration second = Duration.ofSeconds(1);
    Duration hour = Duration.ofHours(1);
    return Stream.of(
        wait("block", second, () -> Mono.delay(second).block()),
        wait("block with a limit, answered", second, () -> Mono.delay(second).block(hour)),
        wait("block with a limit, too late", second, () -> {
          try {
            Mono.delay(hour).block(second);
          } catch (IllegalStateException expected) {
            return;
          }
          throw new AssertionError("no timeout");
        }),
        wait("sleep", hour, () -> Thread.sleep(hour)),
        wait("parkNanos", Duration.ofHours(1), () -> LockSupport.parkNanos(hour.toNanos())),
        wait("latch", second, () -> {
          CountDownLatch latch = new CountDownLatch(1);
          after(second, latch::countDown);
          latch.await();
        }),
        wait("latch, too late", second, () -> assertThat(new CountDownLatch(1).await(1, TimeUnit.SECONDS)).isFalse()),
        wait("poll", Duration.ofMillis(300),
            () -> assertThat(new LinkedBlockingQueue<>().poll(300, TimeUnit.MILLISECONDS)).isNull()),
        wait("timed get", second, () -> {
          try {
            new CompletableFuture<>().get(1, TimeUnit.SECONDS);
          } catch (TimeoutException expected) {
            return;
          }
          throw new AssertionError("no timeout");
        }),
        wait("get", second, () -> {
          CompletableFuture<String> future = new CompletableFuture<>();
          after(second, () -> future.complete("x"));
          assertThat(future.get()).isEqualTo("x");
        }),
        wait("join", second, () -> after(second, () -> {}).join()),
        wait("wait, timed", second, () -> {
          Object monitor = new Object();
          synchronized (monitor) {
            monitor.wait(1000);
          }
        }),
        wait("wait, notified", second, () -> {
          Object monitor = new Object();
          synchronized (monitor) {
            after(second, () -> {
              synchronized (monitor) {
                monitor.notifyAll();
              }
            });
            monitor.wait();
          }
        }),
        wait("monitor", second, () -> {
          Object monitor = new Object();
          CountDownLatch held = new CountDownLatch(1);
          Thread.startVirtualThread(() -> {
            synchronized (monitor) {
              held.countDown();
              LockSupport.parkNanos(second.toNanos());
            }
          });
          held.await();
          synchronized (monitor) {
            assertThat(monitor).isNotNull();
          }
        }),
        wait("lock", second, () -> {
          ReentrantLock lock = new ReentrantLock();
          CountDownLatch held = new CountDownLatch(1);
          Thread.startVirtualThread(() -> {
            lock.lock();
            held.countDown();
            LockSupport.parkNanos(second.toNanos());
            lock.unlock();
          });
          held.await();
          lock.lock();
        }),
        wait("StepVerifier", Duration.ofSeconds(3), () -> StepVerifier
            .create(Flux.interval(second).take(3).publishOn(Schedulers.boundedElastic()).doOnNext(n -> {
              assertThat(Thread.currentThread().isVirtual()).isTrue();
            })).expectNext(0L, 1L, 2L).verifyComplete()));
  }

  /** JUnit's time limits interrupt the thread that waits for the world. */
  @Test
  void anInterruptEndsAWorldWhoseThreadsNeverRest() {
    Thread test = Thread.currentThread();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    try (Lab lab = Lab.builder().limit(Duration.ofDays(365)).virtualTime()) {
      Thread.ofPlatform().start(() -> {
        await(begun);
        test.interrupt();
      });
      assertThatThrownBy(() -> lab.blocking(() -> {
        try {
          while (true) {
            begun.countDown();
            Thread.sleep(1);
          }
        } finally {
          ended.countDown();
        }
      })).isInstanceOf(IllegalStateException.class).hasMessageContaining("interrupted");
      assertThat(Thread.interrupted()).isTrue();
      // The world's own thread has abandoned the interrupted wait, so the lab still runs calls.
      assertThat(lab.<Boolean>call(() -> true)).isTrue();
      assertThat(ended.getCount()).isZero();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void contendedMonitorsPassInTheOrderOfTheSeed() {
    assertThat(Stream.generate(BlockingInTheLabTest::contention).limit(300).distinct()).hasSize(1);
  }

  private static String contention() {
    StringBuilder log = new StringBuilder();
    try (Lab lab = Lab.virtual(1)) {
      lab.blocking(() -> {
        Object monitor = new Object();
        Thread[] threads = new Thread[9];
        for (int i = 0; i < threads.length; i++) {
          int number = i;
          threads[i] = Thread.startVirtualThread(() -> {
            for (int round = 0; round < 5; round++) {
              synchronized (monitor) {
                log.append(number).append(' ');
                Mono.delay(Duration.ofMillis(number % 3)).block();
                log.append(number).append(',');
              }
              LockSupport.parkNanos(number * 700_000L);
            }
          });
        }
        for (Thread thread : threads) {
          thread.join();
        }
        log.append(lab.now());
        return true;
      });
    }
    return log.toString();
  }
}
