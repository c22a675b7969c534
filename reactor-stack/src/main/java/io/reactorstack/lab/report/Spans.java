package io.reactorstack.lab.report;

import java.time.Duration;
import java.util.Locale;

/** Formats durations for people. */
public final class Spans {

  private static final long MICROS_PER_SECOND = 1_000_000;

  private Spans() {}

  static String text(long nanos) {
    return text(Duration.ofNanos(nanos));
  }

  /**
   * Returns a duration in suitable units, with at most three decimals: {@code 30 s}, {@code 12.5 ms}, {@code 1 h 3 min
   * 20.5 s}.
   */
  public static String text(Duration span) {
    long micros = span.toSeconds() * MICROS_PER_SECOND + span.toNanosPart() / 1000;
    if (micros < 1000) {
      return micros == 0 ? "0 s" : micros + " µs";
    }
    if (micros < MICROS_PER_SECOND) {
      return decimal(micros / 1e3) + " ms";
    }
    StringBuilder text = new StringBuilder();
    unit(text, span.toHours(), "h");
    unit(text, span.toMinutesPart(), "min");
    double seconds = micros % (60 * MICROS_PER_SECOND) / 1e6;
    if (seconds != 0) {
      text.append(decimal(seconds)).append(" s");
    }
    return text.toString().strip();
  }

  private static void unit(StringBuilder text, long value, String unit) {
    if (value != 0) {
      text.append(value).append(' ').append(unit).append(' ');
    }
  }

  private static String decimal(double value) {
    String text = String.format(Locale.ROOT, "%.3f", value);
    int end = text.length();
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    return text.substring(0, text.charAt(end - 1) == '.' ? end - 1 : end);
  }
}
