package io.reactorstack.test;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A range of seeds, both limits included: the seeds of a {@link LabTest}, unless a configuration parameter of the run
 * overrides them.
 */
record SeedRange(long first, long last) {

  /** The name of the parameter that selects a single seed. */
  static final String SEED = "lab.seed";

  /** The name of the parameter that sets the number of seeds, or the first and the last seed. */
  static final String SEEDS = "lab.seeds";

  private static final Pattern RANGE = Pattern.compile("(\\d+)\\s*-\\s*(\\d+)");

  static SeedRange of(LabTest test, ExtensionContext context) {
    String one = parameter(SEED, context);
    if (!one.isEmpty()) {
      long seed = number(SEED, one);
      return new SeedRange(seed, seed);
    }
    String many = parameter(SEEDS, context);
    Matcher range = RANGE.matcher(many);
    if (range.matches()) {
      return checked(number(SEEDS, range.group(1)), number(SEEDS, range.group(2)), SEEDS + "=" + many);
    }
    return many.isEmpty()
        ? counted(test.firstSeed(), test.seeds(), "@LabTest(seeds = " + test.seeds() + ")")
        : counted(test.firstSeed(), number(SEEDS, many), SEEDS + "=" + many);
  }

  private static SeedRange counted(long first, long count, String setting) {
    return checked(first, first + count - 1, setting);
  }

  private static SeedRange checked(long first, long last, String setting) {
    if (last < first) {
      throw new ExtensionConfigurationException(
          setting + " has no seed: give a number above zero, or a range such as 1-1000");
    }
    return new SeedRange(first, last);
  }

  LongStream stream() {
    return LongStream.rangeClosed(first, last);
  }

  /** Stores {@code seed} for the world of a test. */
  static void put(long seed, ExtensionContext context) {
    context.getStore(TestWorld.NAMESPACE).put(SeedRange.class, seed);
  }

  /** Returns the seed of the world of a test. */
  static long seed(ExtensionContext context) {
    Long given = context.getStore(TestWorld.NAMESPACE).get(SeedRange.class, Long.class);
    if (given != null) {
      return given;
    }
    String told = parameter(SEED, context);
    return told.isEmpty() ? 0 : number(SEED, told);
  }

  private static String parameter(String name, ExtensionContext context) {
    return context.getConfigurationParameter(name).map(String::strip).orElse("");
  }

  private static long number(String name, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new ExtensionConfigurationException(
          name + " must be a whole number" + (name.equals(SEEDS) ? ", or a range such as 1-1000" : "") + ", but is "
              + text,
          e);
    }
  }
}
