package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A service that blocks has one outcome for each seed, however many worlds run and however busy the machine is. */
@Timeout(600)
class BlockingShopTest {

  @Test
  void oneOutcomeForEachSeed() throws Exception {
    Map<Long, Set<BlockingShop.Outcome>> outcomes = runs(3, 12);
    expectOneEach(3, outcomes);
  }

  /** Another JVM has the same outcomes as this one. */
  @Test
  void anotherJvmHasTheSameOutcomes() throws Exception {
    Map<Long, Set<BlockingShop.Outcome>> outcomes = runs(2, 2);
    assertThat(elsewhere(2, 2)).isEqualTo(digests(outcomes));
  }

  @Test
  @Tag("long")
  void sixHundredWorldsInTwoJvms() throws Exception {
    Map<Long, Set<BlockingShop.Outcome>> outcomes = runs(10, 600);
    expectOneEach(10, outcomes);
    assertThat(elsewhere(10, 600)).isEqualTo(digests(outcomes));
  }

  private static void expectOneEach(int seeds, Map<Long, Set<BlockingShop.Outcome>> outcomes) {
    assertThat(outcomes).hasSize(seeds);
    outcomes.forEach((seed, seen) -> assertThat(seen).as("seed " + seed).hasSize(1));
    assertThat(outcomes.values().stream().flatMap(Set::stream).map(BlockingShop.Outcome::frames))
        .doesNotHaveDuplicates();
    assertThat(outcomes.values().stream().flatMap(Set::stream)).allMatch(outcome -> outcome.escapes().isEmpty());
  }

  /** Returns one line for each outcome of each seed. */
  private static List<String> digests(Map<Long, Set<BlockingShop.Outcome>> outcomes) {
    return outcomes.entrySet().stream().sorted(Map.Entry.comparingByKey())
        .flatMap(seed -> seed.getValue().stream().map(outcome -> seed.getKey() + " " + outcome.frames() + " "
            + outcome.log().hashCode() + " " + outcome.answers() + " " + outcome.took()))
        .toList();
  }

  /** The main method of the second JVM. */
  public static void main(String[] arguments) throws Exception {
    digests(runs(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1])))
        .forEach(line -> System.out.println("outcome " + line));
  }

  /** Returns the outcomes in a second JVM with the flags of this one. */
  private static List<String> elsewhere(int seeds, int worlds) throws Exception {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> !flag.startsWith("-agentlib") && !flag.startsWith("-javaagent")).forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), BlockingShopTest.class.getName(), "" + seeds,
        "" + worlds));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said.lines().filter(line -> line.startsWith("outcome ")).map(line -> line.substring(8)).toList();
  }

  /** Runs {@code worlds} worlds of {@code seeds} seeds, two at a time. */
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
