package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A world whose only blocking thread waits for a lock that another world holds for long does not move, and reports no
 * escape.
 */
@Timeout(120)
class ForeignLockTest {

  private static final Object MONITOR = new Object();
  private static final ReentrantLock LOCK = new ReentrantLock();

  /** Longer than a world waits when it cannot tell who holds a lock. */
  private static final long HELD_MILLIS = 1500;

  private final CountDownLatch held = new CountDownLatch(1);
  private Thread other = Thread.ofPlatform().unstarted(() -> {});

  @AfterEach
  void join() throws InterruptedException {
    other.join();
  }

  private void otherWorld(Runnable action) throws InterruptedException {
    other = Thread.ofPlatform().start(action);
    held.await();
  }

  /** Keeps a world from moving for a while of real time. */
  private boolean hold(Lab lab) {
    lab.outside(() -> {
      held.countDown();
      return new CountDownLatch(1).await(HELD_MILLIS, TimeUnit.MILLISECONDS);
    });
    return true;
  }

  @Test
  void aMonitor() throws InterruptedException {
    otherWorld(() -> {
      try (Lab lab = Lab.virtual(1)) {
        lab.blocking(() -> {
          synchronized (MONITOR) {
            return hold(lab);
          }
        });
      }
    });
    try (Lab lab = Lab.builder().seed(2).strict().virtualTime()) {
      assertThat(lab.blocking(() -> {
        synchronized (MONITOR) {
          return "mine";
        }
      })).isEqualTo("mine");
      assertThat(lab.now()).isEqualTo(Duration.ZERO);
      assertThat(lab.escapes()).isEmpty();
    }
  }

  @Test
  void aLock() throws InterruptedException {
    otherWorld(() -> {
      try (Lab lab = Lab.virtual(1)) {
        lab.blocking(() -> {
          LOCK.lock();
          try {
            return hold(lab);
          } finally {
            LOCK.unlock();
          }
        });
      }
    });
    try (Lab lab = Lab.builder().seed(2).strict().virtualTime()) {
      assertThat(lab.blocking(() -> {
        LOCK.lock();
        LOCK.unlock();
        return "mine";
      })).isEqualTo("mine");
      assertThat(lab.now()).isEqualTo(Duration.ZERO);
      assertThat(lab.escapes()).isEmpty();
    }
  }
}
