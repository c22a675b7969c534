package io.reactorstack.benchmarks.suite;

import io.reactorstack.benchmarks.suite.Contestant.Role;
import java.util.List;

/**
 * The results of one group.
 *
 * @param group the name of the group
 * @param description the work, in one sentence
 * @param failure the reason why there are no results; {@code null} if there are
 * @param measured the quantities
 * @param notes further lines, such as the largest classes of a heap
 */
public record GroupReport(String group, String description, Failure failure, List<Measured> measured,
    List<String> notes) {

  /**
   * The reason for missing results.
   *
   * @param skipped true if a condition was not met, false if the group failed
   * @param reason the reason
   */
  public record Failure(boolean skipped, String reason) {}

  /**
   * A quantity with the values of all contestants.
   *
   * @param quantity the quantity
   * @param series the values of each contestant
   * @param ratios the ratio of each subject to each floor and peer
   */
  public record Measured(Quantity quantity, List<Series> series, List<Ratio> ratios) {}

  /**
   * The values of one contestant.
   *
   * @param contestant the name
   * @param role the part in the comparison
   * @param spread the spread of the values
   * @param values the value of each window, in order
   */
  public record Series(String contestant, Role role, Spread spread, List<Double> values) {}

  /**
   * A ratio of two contestants, taken in each round.
   *
   * @param subject the contestant in the numerator
   * @param other the floor or peer in the denominator
   * @param spread the spread of the ratios of the rounds
   */
  public record Ratio(String subject, String other, Spread spread) {}

  static GroupReport without(Group group, boolean skipped, String reason) {
    return new GroupReport(group.name(), group.description(), new Failure(skipped, reason), List.of(), List.of());
  }
}
