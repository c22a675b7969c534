package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A world whose thread runs while its time does not move is distinguished from one that makes progress. */
class StuckThreadDetectorTest {

  private static final int LOOKS = 40;

  private final AtomicBoolean enough = new AtomicBoolean();
  private final AtomicReference<Duration> now = new AtomicReference<>(Duration.ofSeconds(3));
  private final CountDownLatch begun = new CountDownLatch(1);
  private final Thread busy = Thread.ofPlatform().daemon().name("busy").unstarted(this::retryForEver);

  private void retryForEver() {
    begun.countDown();
    while (!enough.get()) {
      Thread.onSpinWait();
    }
  }

  @BeforeEach
  void start() throws InterruptedException {
    busy.start();
    begun.await();
  }

  @AfterEach
  void end() throws InterruptedException {
    enough.set(true);
    busy.join();
  }

  @Test
  void endlessCodeAtOneInstantIsReportedOnce() {
    StuckThreadDetector detector = new StuckThreadDetector(busy, null, now::get);
    for (int i = 1; i < LOOKS; i++) {
      assertThat(detector.checkInstant()).as("check %d", i).isNull();
    }
    assertThat(detector.checkInstant()).startsWith("the world has been at PT3S for PT10S of real time; it runs at ")
        .contains("StuckThreadDetectorTest.retryForEver(StuckThreadDetectorTest.java:");
    for (int i = 0; i < 3 * LOOKS; i++) {
      assertThat(detector.checkInstant()).isNull();
    }
  }

  @Test
  void movingWorldIsNotReported() {
    StuckThreadDetector detector = new StuckThreadDetector(busy, null, now::get);
    for (int i = 0; i < 3 * LOOKS; i++) {
      now.updateAndGet(before -> before.plusNanos(1));
      assertThat(detector.checkInstant()).isNull();
    }
  }

  @Test
  void waitingThreadIsNotReportedAsBusy() throws InterruptedException {
    enough.set(true);
    busy.join();
    StuckThreadDetector detector = new StuckThreadDetector(busy, null, now::get);
    for (int i = 0; i < 3 * LOOKS; i++) {
      assertThat(detector.checkInstant()).isNull();
    }
  }
}
