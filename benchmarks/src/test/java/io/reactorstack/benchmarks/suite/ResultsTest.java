package io.reactorstack.benchmarks.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.benchmarks.suite.Contestant.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultsTest {

  private static final Quantity SPEED = Quantity.throughput();

  private final Results results = new Results();

  private static final class Named implements Group {

    @Override
    public String name() {
      return "sample";
    }

    @Override
    public String description() {
      return "A sample.";
    }

    @Override
    public void measure(Plan plan, Results results) {
      throw new UnsupportedOperationException();
    }
  }

  /** A contestant that returns the number of its turn, and records all turns. */
  private record Turns(String name, Role role, List<String> order, List<String> closed) implements Contestant {

    @Override
    public Map<Quantity, Double> run(Duration time) {
      order.add(name);
      return Map.of(SPEED, (double) order.size());
    }

    @Override
    public void close() {
      closed.add(name);
    }
  }

  @Test
  void theMedianOfAnEvenNumberIsTheMeanOfTheMiddle() {
    assertThat(Spread.of(List.of(4.0, 1.0, 9.0, 2.0))).isEqualTo(new Spread(3, 1, 9));
    assertThat(Spread.of(List.of(4.0, 1.0, 9.0))).isEqualTo(new Spread(4, 1, 9));
  }

  @Test
  void aRatioIsTakenInEachRound() {
    for (double[] round : new double[][] {{1, 10}, {4, 8}, {3, 4}}) {
      results.add("stack", Role.SUBJECT, SPEED, round[0]);
      results.add("floor", Role.FLOOR, SPEED, round[1]);
    }

    GroupReport.Measured measured = results.report(new Named()).measured().getFirst();

    // The ratio of the medians would be 3/8.
    assertThat(measured.ratios()).containsExactly(
        new GroupReport.Ratio("stack", "floor", new Spread(0.5, 0.1, 0.75)));
  }

  @Test
  void twoSubjectsAreNotCompared() {
    results.add("native", Role.SUBJECT, SPEED, 1);
    results.add("channels", Role.SUBJECT, SPEED, 2);

    assertThat(results.report(new Named()).measured().getFirst().ratios()).isEmpty();
  }

  @Test
  void aValueThatIsNoNumberIsRefused() {
    assertThatThrownBy(() -> results.add("stack", Role.SUBJECT, SPEED, Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theOrderOfTheTurnsAlternates() throws Exception {
    List<String> order = new ArrayList<>();
    List<String> closed = new ArrayList<>();

    Windows.run(new Plan(3, Duration.ofMillis(1), Duration.ZERO, 1, false),
        List.of(new Turns("a", Role.SUBJECT, order, closed), new Turns("b", Role.FLOOR, order, closed)), results);

    assertThat(order).containsExactly("a", "b", "b", "a", "a", "b");
    assertThat(closed).containsExactly("a", "b");
  }
}
