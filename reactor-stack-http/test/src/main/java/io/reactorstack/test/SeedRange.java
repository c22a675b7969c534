package io.reactorstack.test;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Seeds from one to another, both included: what a {@link LabTest} says, unless the run was told otherwise. */
record SeedRange(long first, long last) {

  /** The one seed to run. */
  static final String SEED = "lab.seed";

  /** The number of seeds, or the first and the last. */
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

  /** Lets the world of a test have {@code seed}. */
  static void put(long seed, ExtensionContext context) {
    context.getStore(TestWorld.NAMESPACE).put(SeedRange.class, seed);
  }

  /** The seed of the world of a test. */
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
