package io.reactorstack.setting;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks of settings: each method returns its argument if it is valid, or throws an exception that names the setting,
 * the value and the valid range.
 *
 * <p>Called by builders and by constructors of settings, never on the path of a packet.
 */
public final class Checks {

  /**
   * The longest duration that may be set: a year. Its sum with any reading of a loop's clock stays below {@code
   * Long.MAX_VALUE}, so no deadline computed from a setting overflows.
   */
  public static final Duration LONGEST = Duration.ofDays(365);

  private static final long NANOS_PER_MILLI = 1_000_000L;

  private Checks() {}

  /**
   * Returns {@code value} if it is from {@code least} to {@code most}, both inclusive.
   *
   * @param unit the words after the range in the message, as a rule the unit, such as {@code bytes}
   * @throws IllegalArgumentException if the value is out of range
   */
  public static int range(String name, int value, int least, int most, String unit) {
    range(name, (long) value, least, most, unit);
    return value;
  }

  /** The same check for a {@code long}; see {@link #range(String, int, int, int, String)}. */
  public static long range(String name, long value, long least, long most, String unit) {
    if (value < least || value > most) {
      throw outside(name, String.valueOf(value), least + " to " + most + " " + unit);
    }
    return value;
  }

  /**
   * Returns {@code value} if it is from {@code least} to {@code most}, both inclusive.
   *
   * @throws IllegalArgumentException if the value is out of range
   * @throws NullPointerException if the value is {@code null}
   */
  public static Duration range(String name, @Nullable Duration value, Duration least, Duration most) {
    Duration given = given(name, value);
    if (given.compareTo(least) < 0 || given.compareTo(most) > 0) {
      throw outside(name, text(given), text(least) + " to " + text(most));
    }
    return given;
  }

  /** Returns {@code value} if it is from zero to {@link #LONGEST}. */
  public static Duration zeroOrMore(String name, @Nullable Duration value) {
    return range(name, value, Duration.ZERO, LONGEST);
  }

  /** Returns {@code value} if it is from one millisecond, the resolution of the timers, to {@link #LONGEST}. */
  public static Duration positive(String name, @Nullable Duration value) {
    return range(name, value, Duration.ofMillis(1), LONGEST);
  }

  /** Returns {@code value} if it is from 1 to {@link Integer#MAX_VALUE}. */
  public static int positive(String name, int value, String unit) {
    return range(name, value, 1, Integer.MAX_VALUE, unit);
  }

  /**
   * Returns {@code value} if it is a fraction of the whole, from 0 to 1.
   *
   * @throws IllegalArgumentException if the value is out of range, or not a number
   */
  public static double share(String name, double value) {
    return range(name, value, 0, 1, "of the whole");
  }

  /**
   * Returns {@code value} if it is from {@code least} to {@code most}, both inclusive.
   *
   * @throws IllegalArgumentException if the value is out of range, or not a number
   */
  public static double range(String name, double value, double least, double most, String unit) {
    if (!(value >= least && value <= most)) {
      throw outside(name, String.valueOf(value), least + " to " + most + " " + unit);
    }
    return value;
  }

  /**
   * Returns {@code value} if it has at least one character that is not white space.
   *
   * @throws IllegalArgumentException if the value is blank
   * @throws NullPointerException if the value is {@code null}
   */
  public static String text(String name, @Nullable String value) {
    String given = given(name, value);
    if (given.isBlank()) {
      throw new IllegalArgumentException(name + " '" + given + "' is blank: at least one visible character");
    }
    return given;
  }

  /**
   * Returns {@code value} if it is not {@code null}.
   *
   * @throws NullPointerException if the value is {@code null}
   */
  public static <T> T given(String name, @Nullable T value) {
    if (value == null) {
      throw new NullPointerException(name + " is null");
    }
    return value;
  }

  /**
   * Returns {@code values} as a list if neither the array nor any element is {@code null}.
   *
   * @throws NullPointerException if the array or an element is {@code null}
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

  /**
   * Returns the duration in the largest unit, from days to milliseconds, that divides it; otherwise in ISO 8601 form.
   */
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
