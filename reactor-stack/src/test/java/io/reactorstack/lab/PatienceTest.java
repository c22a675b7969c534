package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A stalled world waits for threads outside for as much real time as its builder sets. The tests' time limits show the
 * difference.
 */
class PatienceTest {

  private static final int STALLS = 60;

  private static Lab without() {
    return Lab.builder().patience(Duration.ZERO).virtualTime();
  }

  @Test
  @Timeout(30)
  void aWorldWithoutPatienceStallsAtOnce() {
    try (Lab lab = without()) {
      for (int i = 0; i < STALLS; i++) {
        assertThatThrownBy(() -> lab.await(Mono.never())).isInstanceOf(StalledException.class);
      }
    }
  }

  @Test
  @Timeout(30)
  void aWorldWithoutPatienceStallsAtOnceWithWaitingBlockingCode() {
    try (Lab lab = without()) {
      for (int i = 0; i < STALLS; i++) {
        CountDownLatch never = new CountDownLatch(1);
        assertThatThrownBy(() -> lab.blocking(() -> {
          never.await();
          return true;
        })).isInstanceOf(StalledException.class);
      }
    }
  }

  @Test
  @Timeout(30)
  void patientWorldReceivesALateSignal() throws InterruptedException {
    try (Lab lab = Lab.builder().patience(Duration.ofDays(300)).virtualTime()) {
      Sinks.One<String> answer = Sinks.one();
      Thread driver = Thread.currentThread();
      Thread outside = Thread.ofPlatform().start(() -> {
        while (driver.getState() != Thread.State.TIMED_WAITING) {
          Thread.onSpinWait();
        }
        answer.tryEmitValue("late");
      });
      assertThat(lab.await(answer.asMono().publishOn(lab.scheduler()))).isEqualTo("late");
      outside.join();
    }
  }

  @Test
  void negativePatienceIsRefused() {
    assertThatThrownBy(() -> Lab.builder().patience(Duration.ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("patience");
  }
}
