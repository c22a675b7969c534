package io.reactorstack.test.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Lab;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Runs scenarios in strict worlds. */
final class Worlds {

  private static final int SEEDS = 50;
  private static final int AT_ONCE = 2;

  private Worlds() {}

  /**
   * Expects that {@code seed}, one of the first fifty, shows {@code fault}, each time it runs.
   *
   * <p>A change of the stack moves frames, and with them the seeds that fail; the message then lists the seeds with
   * faults.
   */
  static void expectFault(long seed, String fault, Function<Lab, Scenario> scenario) {
    List<String> found = faults(seed, scenario);
    if (!found.contains(fault)) {
      throw new AssertionError("seed " + seed + " shows " + found + " instead of [" + fault + "]; seeds with faults: "
          + faults(scenario));
    }
    assertThat(faults(seed, scenario)).as("seed %d run again", seed).isEqualTo(found);
  }

  /**
   * Runs one world alone. Libraries fill static caches under locks at their first use; if a world had to wait for a
   * lock that another world holds, that would be reported as an escape.
   */
  static void first(Function<Lab, Scenario> scenario) {
    faults(0, scenario);
  }

  /** Expects that two runs of {@code seed} have the same faults, the same length and the same frames. */
  static void expectOneRun(long seed, Function<Lab, Scenario> scenario) {
    assertThat(outcome(seed, scenario)).isEqualTo(outcome(seed, scenario));
  }

  private static String outcome(long seed, Function<Lab, Scenario> scenario) {
    try (Lab lab = lab(seed)) {
      Scenario made = scenario.apply(lab);
      Frames frames = Frames.of(lab);
      List<String> faults = made.run();
      String seen = frames.text();
      assertThat(seen).as("number and digest of frames").doesNotStartWith("0 ");
      return faults + " " + lab.now() + " " + seen;
    }
  }

  private static Lab lab(long seed) {
    return Lab.builder().seed(seed).strict().virtualTime();
  }

  /** Returns the faults that {@code seed} shows. */
  static List<String> faults(long seed, Function<Lab, Scenario> scenario) {
    try (Lab lab = lab(seed)) {
      return scenario.apply(lab).run();
    }
  }

  /**
   * Returns the faults of the first fifty seeds, running two at a time; seeds without faults have no entry.
   *
   * @throws AssertionError if a world fails to end; the message contains its seed
   */
  private static SortedMap<Long, List<String>> faults(Function<Lab, Scenario> scenario) {
    SortedMap<Long, List<String>> found = new TreeMap<>();
    try (ExecutorService drivers = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Future<List<String>>> runs = new ArrayList<>();
      for (int i = 0; i < SEEDS; i++) {
        long seed = i;
        runs.add(drivers.submit(() -> faults(seed, scenario)));
      }
      for (int i = 0; i < SEEDS; i++) {
        List<String> faults = result(i, runs.get(i), drivers);
        if (!faults.isEmpty()) {
          found.put((long) i, faults);
        }
      }
    }
    return found;
  }

  private static List<String> result(long seed, Future<List<String>> run, ExecutorService drivers) {
    try {
      return run.get();
    } catch (ExecutionException e) {
      drivers.shutdownNow();
      throw new AssertionError("seed " + seed + ": " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      drivers.shutdownNow();
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted at seed " + seed, e);
    }
  }
}
