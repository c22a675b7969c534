package io.reactorstack.setting;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks of settings: each returns the value that it was given, or says in one sentence what is wrong with it.
 *
 * <p>Called by constructors of settings and by builders, never on the way of a packet.
 */
public final class Checks {

  /**
   * The longest time that may be set: a year. Added to any reading of a loop's clock it stays below the largest {@code long},
   * so that no deadline computed from a setting overflows.
   */
  public static final Duration LONGEST = Duration.ofDays(365);

  private static final long NANOS_PER_MILLI = 1_000_000L;

  private Checks() {}

  /**
   * A number from {@code least} to {@code most}, both allowed.
   *
   * @param unit what is counted, such as {@code bytes}
   * @throws IllegalArgumentException if it is out of the range
   */
  public static int range(String name, int value, int least, int most, String unit) {
    range(name, (long) value, least, most, unit);
    return value;
  }

  /** As {@link #range(String, int, int, int, String)}. */
  public static long range(String name, long value, long least, long most, String unit) {
    if (value < least || value > most) {
      throw outside(name, String.valueOf(value), least + " to " + most + " " + unit);
    }
    return value;
  }

  /**
   * A duration from {@code least} to {@code most}, both allowed.
   *
   * @throws IllegalArgumentException if it is out of the range
   * @throws NullPointerException if there is none
   */
  public static Duration range(String name, @Nullable Duration value, Duration least, Duration most) {
    Duration given = given(name, value);
    if (given.compareTo(least) < 0 || given.compareTo(most) > 0) {
      throw outside(name, text(given), text(least) + " to " + text(most));
    }
    return given;
  }

  /** A duration of zero to {@link #LONGEST}. */
  public static Duration zeroOrMore(String name, @Nullable Duration value) {
    return range(name, value, Duration.ZERO, LONGEST);
  }

  /** A duration of a millisecond, the finest that timers distinguish, to {@link #LONGEST}. */
  public static Duration positive(String name, @Nullable Duration value) {
    return range(name, value, Duration.ofMillis(1), LONGEST);
  }

  /** A number of 1 to {@link Integer#MAX_VALUE}. */
  public static int positive(String name, int value, String unit) {
    return range(name, value, 1, Integer.MAX_VALUE, unit);
  }

  /**
   * A share of the whole, 0 to 1.
   *
   * @throws IllegalArgumentException if it is out of this range, or not a number
   */
  public static double share(String name, double value) {
    return range(name, value, 0, 1, "of the whole");
  }

  /**
   * A number from {@code least} to {@code most}, both allowed.
   *
   * @throws IllegalArgumentException if it is out of the range, or not a number
   */
  public static double range(String name, double value, double least, double most, String unit) {
    if (!(value >= least && value <= most)) {
      throw outside(name, String.valueOf(value), least + " to " + most + " " + unit);
    }
    return value;
  }

  /**
   * A text with at least one character that is no white space.
   *
   * @throws IllegalArgumentException if it is blank
   * @throws NullPointerException if there is none
   */
  public static String text(String name, @Nullable String value) {
    String given = given(name, value);
    if (given.isBlank()) {
      throw new IllegalArgumentException(name + " '" + given + "' is blank: at least one visible character");
    }
    return given;
  }

  /**
   * A reference.
   *
   * @throws NullPointerException if there is none
   */
  public static <T> T given(String name, @Nullable T value) {
    if (value == null) {
      throw new NullPointerException(name + " is null");
    }
    return value;
  }

  /**
   * References, none of which is missing, as a list.
   *
   * @throws NullPointerException if one is, or all are
   */
  @SafeVarargs
  public static <T> List<T> all(String name, @Nullable T... values) {
    List<T> all = new ArrayList<>();
    for (T value : given(name, values)) {
      all.add(given("one of " + name, value));
    }
    return all;
  }

  private static IllegalArgumentException outside(String name, String value, String range) {
    return new IllegalArgumentException(name + " " + value + " is out of range: " + range);
  }

  /** In the largest unit that divides it, which every {@code Duration} has. */
  private static String text(Duration duration) {
    long seconds = duration.getSeconds();
    int nanos = duration.getNano();
    if (nanos == 0) {
      return seconds != 0 && seconds % 86_400 == 0
          ? seconds / 86_400 + " d"
          : seconds != 0 && seconds % 3_600 == 0
              ? seconds / 3_600 + " h"
              : seconds != 0 && seconds % 60 == 0
                  ? seconds / 60 + " min"
                  : seconds + " s";
    }
    return Math.abs(seconds) < 1_000_000 && nanos % NANOS_PER_MILLI == 0
        ? duration.toMillis() + " ms"
        : duration.toString();
  }
}
