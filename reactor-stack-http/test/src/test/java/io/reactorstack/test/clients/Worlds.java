package io.reactorstack.test.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Lab;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Runs a scenario in worlds of many seeds, two at once. */
final class Worlds {

  /** Seeds of an ordinary build. */
  static final int FEW = 50;
  /** Seeds of a long run. */
  static final int MANY = 1000;

  private static final int AT_ONCE = 2;

  private Worlds() {}

  /** The scenario's result in a strict world with {@code seed}. */
  static <T> T run(long seed, Function<Lab, T> scenario) {
    try (Lab lab = Lab.builder().seed(seed).strict().virtualTime()) {
      return scenario.apply(lab);
    }
  }

  /**
   * Expects that among the first {@link #FEW} seeds {@code seed} shows {@code fault}, and that it does so each time.
   *
   * <p>A change of the stack moves frames, and with them the seeds that fail; the message then lists those that do.
   */
  static void expectFault(long seed, String fault, Function<Lab, List<String>> scenario) {
    SortedMap<Long, List<String>> found = faults(0, FEW, scenario);
    assertThat(found).as("seeds with faults").isNotEmpty();
    assertThat(found.get(seed)).as("seed %d; seeds with faults: %s", seed, found).contains(fault);
    assertThat(run(seed, scenario)).as("seed %d once more", seed).isEqualTo(found.get(seed));
  }

  /** Expects that no seed from 0 to {@code seeds} - 1 shows a fault. */
  static void expectNone(int seeds, Function<Lab, List<String>> scenario) {
    assertThat(faults(0, seeds, scenario)).as("seeds with faults").isEmpty();
  }

  /**
   * The faults that a scenario finds with the seeds from {@code first} to {@code end} - 1, by seed; seeds without faults have no
   * entry.
   *
   * @throws AssertionError if a world does not end as it should; the message names its seed
   */
  private static SortedMap<Long, List<String>> faults(int first, int end, Function<Lab, List<String>> scenario) {
    SortedMap<Long, List<String>> found = new TreeMap<>();
    try (ExecutorService drivers = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Future<List<String>>> runs = new ArrayList<>();
      for (long seed = first; seed < end; seed++) {
        runs.add(drivers.submit(one(seed, scenario)));
      }
      for (int i = 0; i < runs.size(); i++) {
        List<String> faults = result(first + i, runs.get(i), drivers);
        if (!faults.isEmpty()) {
          found.put((long) first + i, faults);
        }
      }
    }
    return found;
  }

  private static Callable<List<String>> one(long seed, Function<Lab, List<String>> scenario) {
    return () -> run(seed, scenario);
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
