package io.reactorstack.test.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Lab;
import io.reactorstack.test.LabExtension;
import io.reactorstack.test.LabTest;
import io.reactorstack.test.Sample;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A user's tests, run by {@link PlainRun} in a separate JVM. */
@Sample
@ExtendWith(LabExtension.class)
class PlainSample {

  /** Stored before any lab exists, as libraries do. */
  private static final Scheduler KEPT = Schedulers.parallel();

  private static final CyclicBarrier BOTH = new CyclicBarrier(2);

  @LabTest(seeds = 2)
  void seedsMeet(Lab lab) throws Exception {
    BOTH.await(1, TimeUnit.MINUTES);
    lab.advance(Duration.ofDays(1));
  }

  @Test
  void keptSchedulerObeysTheLab(Lab lab) {
    lab.await(Mono.delay(Duration.ofMinutes(5), KEPT));
    assertThat(lab.now()).isEqualTo(Duration.ofMinutes(5));
  }

  @Test
  void fails(Lab lab) {
    throw new AssertionError("an assertion");
  }

  @Test
  void throwsException(Lab lab) throws IOException {
    throw new IOException("an exception");
  }

  @Sample
  static class Passing {

    @LabTest(seeds = 2)
    void passes(Lab lab) {
      lab.advance(Duration.ofDays(365));
    }
  }
}
