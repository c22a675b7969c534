package io.reactorstack.telemetry;

import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** The text forms of quantities in a story. */
final class Texts {

  private Texts() {}

  /** Returns bytes in decimal units with at most three digits; exact below 10,000. */
  static String bytes(long n) {
    if (n < 10_000) {
      return n + " B";
    }
    String[] units = {"kB", "MB", "GB", "TB"};
    double scaled = n / 1000.0;
    int unit = 0;
    while (scaled >= 999.5 && unit < units.length - 1) {
      scaled /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, scaled < 9.95 ? "%.1f %s" : "%.0f %s", scaled, units[unit]);
  }

  static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.1f ms", nanos / (double) TimeUnit.MILLISECONDS.toNanos(1));
  }
}
