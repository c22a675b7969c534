package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.Inside;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * With shuffling, events that could happen at one instant in any order happen in different orders, chosen by the seed.
 */
class ShuffledTest {

  private static final Duration SECOND = Duration.ofSeconds(1);

  /**
   * Returns the order in which three hosts notice that a second has passed, each with two further tasks of its loop.
   */
  private static List<String> hosts(LabBuilder builder) {
    List<String> order = new ArrayList<>();
    try (Lab lab = builder.virtualTime()) {
      Switch lan = lab.newSwitch("lan");
      for (int i = 1; i <= 3; i++) {
        lab.host("h" + i).on(lan, "10.0.0." + i + "/24").runs(host -> Mono.delay(SECOND).subscribe(n -> {
          order.add(host.name());
          Inside.loop(host.stack()).execute(() -> order.add(host.name() + "'"));
          Inside.loop(host.stack()).execute(() -> order.add(host.name() + "''"));
        })).start();
      }
      lab.advance(Duration.ofSeconds(2));
    }
    return order;
  }

  /** Returns the order in which threads of blocking code continue after the same sleep. */
  private static List<Integer> threads(LabBuilder builder) {
    List<Integer> order = new ArrayList<>();
    try (Lab lab = builder.virtualTime()) {
      lab.run(() -> IntStream.range(0, 3).forEach(i -> Schedulers.boundedElastic().schedule(() -> {
        Mono.delay(SECOND).block();
        order.add(i);
      })));
      lab.advance(Duration.ofSeconds(2));
    }
    return order;
  }

  @Test
  void theSeedDecidesWhichHostIsFirst() {
    Set<List<String>> orders = new HashSet<>();
    for (int seed = 0; seed < 100; seed++) {
      List<String> order = hosts(Lab.builder().seed(seed).shuffled());
      assertThat(hosts(Lab.builder().seed(seed).shuffled())).as("seed %d again", seed).isEqualTo(order);
      assertThat(order).hasSize(9);
      for (int i = 1; i <= 3; i++) {
        assertThat(order).as("a host keeps its order").containsSubsequence("h" + i, "h" + i + "'", "h" + i + "''");
      }
      orders.add(order);
    }
    assertThat(orders).hasSizeGreaterThan(30);
  }

  @Test
  void theSeedDecidesWhichThreadIsFirst() {
    Set<List<Integer>> orders = new HashSet<>();
    for (int seed = 0; seed < 100; seed++) {
      List<Integer> order = threads(Lab.builder().seed(seed).shuffled());
      assertThat(threads(Lab.builder().seed(seed).shuffled())).as("seed %d again", seed).isEqualTo(order);
      orders.add(order);
    }
    assertThat(orders).as("three threads").hasSize(6);
  }

  @Test
  void withoutShufflingTheOrderIsThatOfTheCode() {
    for (int seed = 0; seed < 20; seed++) {
      assertThat(hosts(Lab.builder().seed(seed))).containsExactly("h1", "h2", "h3", "h1'", "h1''", "h2'", "h2''", "h3'",
          "h3''");
      assertThat(threads(Lab.builder().seed(seed))).containsExactly(0, 1, 2);
    }
  }

  /** Two threads that read a number, wait for a moment, and write it back. */
  @Test
  void aRaceIsFoundBySomeSeeds() {
    Set<Integer> counts = new HashSet<>();
    for (int seed = 0; seed < 50; seed++) {
      AtomicInteger count = new AtomicInteger();
      try (Lab lab = Lab.builder().seed(seed).shuffled().virtualTime()) {
        lab.await(Flux.range(0, 2).flatMap(i -> Mono.fromRunnable(() -> {
          int read = count.get();
          Thread.yield();
          count.set(read + 1);
        }).subscribeOn(Schedulers.boundedElastic())).then());
      }
      counts.add(count.get());
    }
    assertThat(counts).containsExactlyInAnyOrder(1, 2);
  }
}
