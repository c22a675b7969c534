package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * All that chance and effects did to the frames of a world, by direction and frame; immutable, compared by value.
 *
 * <p>{@link LabBuilder#recordDecisions} lets a world record them and {@link LabBuilder#replay} gives them to another, whose
 * wires then draw nothing and ask no effect: they do what is on the list, and nothing else. Leave a decision out, and see
 * whether the test still fails.
 *
 * <p>What is no chance is not on the list and happens in every world: delay, rate and queue of a wire, cuts, partitions.
 *
 * @param list the decisions, in the order of the directions' names and the frames' numbers, and for each frame in the order
 *     in which they were made
 */
public record Decisions(List<Decision> list) {

  /** Nothing was done. */
  public static final Decisions NONE = new Decisions(List.of());

  /** Copies the list, in this order. */
  public Decisions {
    list = Checks.given("decisions list", list).stream()
        .sorted(Comparator.comparing(Decision::direction).thenComparing(Decision::frame)).toList();
  }

  /**
   * Reads what {@link #toString} writes: a decision on each line; blank lines are left out.
   *
   * @throws IllegalArgumentException if a line is no decision
   */
  public static Decisions parse(String text) {
    return new Decisions(
        Checks.given("decisions text", text).lines().filter(line -> !line.isBlank()).map(DecisionText::parse).toList());
  }

  /** Number of decisions. */
  public int size() {
    return list.size();
  }

  /** A line for each. */
  @Override
  public String toString() {
    return list.stream().map(Decision::toString).collect(Collectors.joining("\n"));
  }
}
