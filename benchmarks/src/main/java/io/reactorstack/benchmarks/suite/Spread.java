package io.reactorstack.benchmarks.suite;

import java.util.Arrays;
import java.util.List;

/**
 * The middle and the ends of some values.
 *
 * @param median the middle value, or the mean of the two middle ones
 * @param least the least value
 * @param greatest the greatest value
 */
public record Spread(double median, double least, double greatest) {

  /** Returns the spread of at least one value. */
  public static Spread of(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }
}
