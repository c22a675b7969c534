package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A service that blocks has one outcome for each seed, however many worlds run and however busy the machine is. */
@Timeout(300)
class BlockingShopTest {

  @Test
  void oneOutcomeForEachSeed() throws Exception {
    Map<Long, Set<BlockingShop.Outcome>> outcomes = runs(4, 24);
    assertThat(outcomes).hasSize(4);
    outcomes.forEach((seed, seen) -> assertThat(seen).as("seed " + seed).hasSize(1));
    assertThat(outcomes.values().stream().flatMap(Set::stream).map(BlockingShop.Outcome::frames))
        .doesNotHaveDuplicates();
  }

  /** Runs {@code worlds} worlds of {@code seeds} seeds, two at once. */
  private static Map<Long, Set<BlockingShop.Outcome>> runs(int seeds, int worlds) throws Exception {
    Map<Long, Set<BlockingShop.Outcome>> outcomes = new HashMap<>();
    try (ExecutorService drivers = Executors.newFixedThreadPool(2)) {
      List<Future<BlockingShop.Outcome>> all = new ArrayList<>();
      for (int i = 0; i < worlds; i++) {
        long seed = i % seeds;
        all.add(drivers.submit(() -> BlockingShop.run(seed)));
      }
      for (int i = 0; i < worlds; i++) {
        outcomes.computeIfAbsent((long) (i % seeds), seed -> new HashSet<>()).add(all.get(i).get());
      }
    }
    return outcomes;
  }
}
