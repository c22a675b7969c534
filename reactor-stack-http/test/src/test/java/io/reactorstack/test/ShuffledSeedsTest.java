package io.reactorstack.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reactorstack.lab.Lab;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Tests that the seed decides the order of simultaneous actions if the settings of the test request it. */
class ShuffledSeedsTest {

  private static final Set<List<Integer>> SHUFFLED = ConcurrentHashMap.newKeySet();
  private static final AtomicInteger RUNS = new AtomicInteger();
  private static final Set<List<Integer>> IN_ORDER = ConcurrentHashMap.newKeySet();

  private static List<Integer> order(Lab lab) {
    List<Integer> order = new ArrayList<>();
    lab.await(Flux.range(0, 3).flatMap(i -> Mono.fromRunnable(() -> {
      LockSupport.parkNanos(1_000_000);
      order.add(i);
    }).subscribeOn(Schedulers.boundedElastic())).then());
    return order;
  }

  @LabTest(seeds = 40)
  @LabSettings(shuffled = true)
  void shuffledOrderDiffersBetweenSeeds(Lab lab) {
    SHUFFLED.add(order(lab));
    RUNS.incrementAndGet();
  }

  @LabTest(seeds = 10)
  void unshuffledOrderFollowsTheCode(Lab lab) {
    IN_ORDER.add(order(lab));
  }

  @Test
  void labWithoutSettingsIsNotShuffled() {
    try (Lab lab = Lab.virtual(1)) {
      assertEquals(List.of(0, 1, 2), order(lab));
    }
  }

  @AfterAll
  static void look() {
    // The command line may select fewer seeds.
    assertTrue(RUNS.get() < 40 || SHUFFLED.size() >= 5, () -> "orders: " + SHUFFLED);
    assertTrue(IN_ORDER.isEmpty() || IN_ORDER.equals(Set.of(List.of(0, 1, 2))), () -> "orders: " + IN_ORDER);
  }
}
