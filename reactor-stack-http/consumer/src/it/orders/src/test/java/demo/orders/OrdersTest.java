package demo.orders;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.reactorstack.lab.Lab;
import io.reactorstack.test.LabTest;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import reactor.core.publisher.Mono;

/** Tests that pass with all seeds and tests that fail with all seeds. */
class OrdersTest {

  @LabTest(seeds = 5)
  void pass(Lab lab) {
    lab.await(Mono.delay(Duration.ofMinutes(59)));
    assertEquals(Duration.ofMinutes(59), lab.now());
  }

  @LabTest(seeds = 3)
  void fail(Lab lab) {
    lab.advance(Duration.ofDays(1));
    assertEquals(Duration.ofDays(2), lab.now(), "the days");
  }

  @Nested
  class Late {

    @LabTest(seeds = 2)
    void stall(Lab lab) {
      lab.await(Mono.never());
    }
  }
}
