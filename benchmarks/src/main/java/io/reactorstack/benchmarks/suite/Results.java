package io.reactorstack.benchmarks.suite;

import io.reactorstack.benchmarks.suite.Contestant.Role;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects the values and notes of one group. Not thread-safe. */
public final class Results {

  private record Key(Quantity quantity, String contestant) {}

  private final Map<String, Role> roles = new LinkedHashMap<>();
  private final Map<Key, List<Double>> values = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  /**
   * Adds the value of the next window of a contestant.
   *
   * @throws IllegalArgumentException if the value is not a number, or is infinite
   */
  public void add(String contestant, Role role, Quantity quantity, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(quantity.name() + " of " + contestant + " is " + value);
    }
    roles.put(contestant, role);
    values.computeIfAbsent(new Key(quantity, contestant), key -> new ArrayList<>()).add(value);
  }

  /** Adds a line to the report. */
  public void note(String text) {
    notes.add(text);
  }

  /** Returns the report of what has been collected. */
  GroupReport report(Group group) {
    List<GroupReport.Measured> measured = new ArrayList<>();
    values.keySet().stream().map(Key::quantity).distinct().forEach(quantity -> measured.add(measured(quantity)));
    return new GroupReport(group.name(), group.description(), null, measured, notes);
  }

  private GroupReport.Measured measured(Quantity quantity) {
    List<GroupReport.Series> series = new ArrayList<>();
    List<GroupReport.Ratio> ratios = new ArrayList<>();
    values.forEach((key, list) -> {
      if (key.quantity.equals(quantity)) {
        series.add(new GroupReport.Series(key.contestant, roles.get(key.contestant), Spread.of(list), list));
      }
    });
    for (GroupReport.Series subject : series) {
      for (GroupReport.Series other : series) {
        if (subject.role() == Role.SUBJECT && other.role() != Role.SUBJECT) {
          ratios.add(new GroupReport.Ratio(subject.contestant(), other.contestant(),
              Spread.of(ratios(subject.values(), other.values()))));
        }
      }
    }
    return new GroupReport.Measured(quantity, series, ratios);
  }

  /** Returns the ratio of each round in which both have a value. */
  private static List<Double> ratios(List<Double> subject, List<Double> other) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < Math.min(subject.size(), other.size()); i++) {
      ratios.add(subject.get(i) / other.get(i));
    }
    return ratios;
  }
}
