package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The distribution of delays around their mean, in multiples of the jitter; immutable, compared by value.
 *
 * <p>{@link #NORMAL}, {@link #PARETO} and {@link #PARETONORMAL} have the shapes of netem's tables of the same names.
 * Their mean is exactly zero and their standard deviation exactly one jitter; the tables of iproute2 miss both by some
 * per cent. As in netem, no delay differs from the mean by more than about five jitters.
 */
public final class Distribution {

  private static final int TABLE = 4096;

  /** The upper bound of netem's Pareto tables: 4 units of 1.5 ± 0.75 (Pareto of shape 3 and scale 1). */
  private static final double PARETO_END = 4.5;

  private static final double PARETO_MEAN = 1.5;
  private static final double PARETO_UNIT = 0.75;

  /** Uniform from zero to one jitter above the delay, as with {@link Impairment#jitter(java.time.Duration)}. */
  public static final Distribution ADDED = new Distribution("added", null);

  /** Uniform from one jitter below the delay to one jitter above it: netem's default. */
  public static final Distribution UNIFORM = new Distribution("uniform", null);

  /** The normal distribution. */
  public static final Distribution NORMAL = new Distribution("normal", standardised(normal()));

  /** The Pareto distribution of shape 3: few delays far above the mean, most below it. */
  public static final Distribution PARETO = new Distribution("pareto", standardised(pareto()));

  /** A mixture of one quarter normal and three quarters Pareto. */
  public static final Distribution PARETONORMAL = new Distribution("paretonormal", standardised(paretonormal()));

  private final String name;
  private final double @Nullable [] table;

  private Distribution(String name, double @Nullable [] table) {
    this.name = name;
    this.table = table;
  }

  /**
   * Returns a distribution in which each of {@code multiples} of the jitter is equally likely.
   *
   * @param name the name that texts show
   * @param multiples at least one; each from -1000 to 1000
   * @throws IllegalArgumentException if there is none, or one is out of its range
   */
  public static Distribution table(String name, double... multiples) {
    Checks.text("name of the distribution table", name);
    double[] own = Checks.given("multiples", multiples).clone();
    if (own.length == 0) {
      throw new IllegalArgumentException("a distribution table needs at least one multiple");
    }
    for (double multiple : own) {
      Checks.range("multiple", multiple, -1000, 1000, "jitters");
    }
    return new Distribution(name, own);
  }

  /** Returns {@code added} or the netem distribution of this name; {@code null} if there is none. */
  static @Nullable Distribution named(String name) {
    return switch (name) {
      case "added" -> ADDED;
      case "uniform" -> UNIFORM;
      case "normal" -> NORMAL;
      case "pareto" -> PARETO;
      case "paretonormal" -> PARETONORMAL;
      default -> null;
    };
  }

  /** The name, as in netem's {@code distribution} option. */
  public String name() {
    return name;
  }

  /** Returns the multiple of the jitter at the quantile {@code share}, 0 to below 1. */
  double at(double share) {
    if (table != null) {
      return table[(int) (share * table.length)];
    }
    return equals(ADDED) ? share : 2 * share - 1;
  }

  private static double share(int i) {
    return (i + 0.5) / TABLE;
  }

  /**
   * Computes quantiles by Newton's method, each starting from the previous one. StrictMath gives the same table on
   * every machine.
   */
  private static double[] normal() {
    double[] quantiles = new double[TABLE];
    double x = 0;
    for (int i = TABLE / 2; i < TABLE; i++) {
      for (int step = 0; step < 8; step++) {
        x -= (cumulative(x) - share(i)) / density(x);
      }
      quantiles[i] = x;
      quantiles[TABLE - 1 - i] = -x;
    }
    return quantiles;
  }

  private static double density(double x) {
    return StrictMath.exp(-x * x / 2) / StrictMath.sqrt(2 * Math.PI);
  }

  /** Returns the cumulative normal distribution: 1/2 plus the density times the series x + x³/3 + x⁵/(3·5) + …. */
  private static double cumulative(double x) {
    double sum = 0;
    double term = x;
    for (int n = 1; sum + term != sum; n++) {
      sum += term;
      term *= x * x / (2 * n + 1);
    }
    return 0.5 + sum * density(x);
  }

  private static double[] pareto() {
    double[] quantiles = new double[TABLE];
    for (int i = 0; i < TABLE; i++) {
      double x = Math.min(StrictMath.pow(1 - share(i), -1.0 / 3), PARETO_END);
      quantiles[i] = (x - PARETO_MEAN) / PARETO_UNIT;
    }
    return quantiles;
  }

  private static double[] paretonormal() {
    double[] normal = normal();
    double[] pareto = pareto();
    double[] quantiles = new double[TABLE];
    for (int i = 0; i < TABLE; i++) {
      quantiles[i] = (normal[i] + 3 * pareto[i]) / 4;
    }
    return quantiles;
  }

  private static double[] standardised(double[] values) {
    double sum = 0;
    double squares = 0;
    for (double value : values) {
      sum += value;
      squares += value * value;
    }
    double mean = sum / values.length;
    double deviation = StrictMath.sqrt(squares / values.length - mean * mean);
    for (int i = 0; i < values.length; i++) {
      values[i] = (values[i] - mean) / deviation;
    }
    return values;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Distribution that && name.equals(that.name) && Arrays.equals(table, that.table);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }
}
