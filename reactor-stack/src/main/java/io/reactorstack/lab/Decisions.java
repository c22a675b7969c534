package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * All that chance and effects did to the frames of a world, by direction and frame; immutable, compared by value.
 *
 * <p>{@link LabBuilder#recordDecisions} makes a world record them, and {@link LabBuilder#replay} makes another world
 * follow them. The wires of that world then draw nothing at random and consult no effect: they do exactly what the list
 * contains. To find the decision that makes a test fail, leave one out and run the test again.
 *
 * <p>The list does not contain what happens without chance, and in every run: a wire's delay, rate and queue, cuts and
 * partitions.
 *
 * @param list the decisions, ordered by direction and frame number, and for each frame in the order in which they were
 *     made
 */
public record Decisions(List<Decision> list) {

  /** The empty list. */
  public static final Decisions NONE = new Decisions(List.of());

  /** Copies the list and sorts it by direction and frame number. */
  public Decisions {
    list = Checks.given("decisions list", list).stream()
        .sorted(Comparator.comparing(Decision::direction).thenComparing(Decision::frame)).toList();
  }

  /**
   * Parses the text that {@link #toString} returns: one decision per line; blank lines are skipped.
   *
   * @throws IllegalArgumentException if a line is not a decision
   */
  public static Decisions parse(String text) {
    return new Decisions(
        Checks.given("decisions text", text).lines().filter(line -> !line.isBlank()).map(DecisionText::parse).toList());
  }

  /** The number of decisions. */
  public int size() {
    return list.size();
  }

  /** Returns one line for each decision. */
  @Override
  public String toString() {
    return list.stream().map(Decision::toString).collect(Collectors.joining("\n"));
  }
}
