package io.reactorstack.benchmarks.suite.group;

import io.reactorstack.benchmarks.suite.Contestant;
import io.reactorstack.benchmarks.suite.Group;
import io.reactorstack.benchmarks.suite.Need;
import io.reactorstack.benchmarks.suite.Plan;
import io.reactorstack.benchmarks.suite.Results;
import io.reactorstack.benchmarks.suite.Windows;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A group whose contestants take turns.
 *
 * @param name the name
 * @param description the work, in one sentence
 * @param needs the conditions
 * @param launcher the command that starts the JVM; empty if it needs none
 * @param jvmFlags further flags of the JVM
 * @param contestants make the contestants, in the order of their turns; the subjects first
 */
public record WindowedGroup(String name, String description, Set<Need> needs, List<String> launcher,
    List<String> jvmFlags, List<Maker> contestants) implements Group {

  /** Makes a contestant in the JVM of the group. */
  @FunctionalInterface
  public interface Maker {

    /**
     * Returns the contestant, whose hosts have started.
     *
     * @throws Exception if they could not be started
     */
    Contestant make(Plan plan) throws Exception;
  }

  /** Returns a group that runs anywhere. */
  static WindowedGroup anywhere(String name, String description, Maker... contestants) {
    return new WindowedGroup(name, description, Set.of(), List.of(), List.of(), List.of(contestants));
  }

  @Override
  public void measure(Plan plan, Results results) throws Exception {
    List<Contestant> made = new ArrayList<>();
    try {
      for (Maker maker : contestants) {
        made.add(maker.make(plan));
      }
    } catch (Exception e) {
      made.forEach(Contestant::close);
      throw e;
    }
    Windows.run(plan, made, results);
  }
}
