package io.reactorstack.benchmarks.suite;

import java.util.Locale;

/** Prints the progress and the results. */
final class Console {

  private Console() {}

  /** Prints the value of one window. */
  static void progress(String contestant, Quantity quantity, double value) {
    System.out.printf(Locale.ROOT, "  %-34s %-22s %14s %s%n", contestant, quantity.name(), text(value),
        quantity.unit());
  }

  /** Prints the table of one group. */
  static void print(GroupReport report) {
    System.out.printf(Locale.ROOT, "%n== %s: %s%n", report.group(), report.description());
    if (report.failure() != null) {
      System.out.printf(Locale.ROOT, "   %s: %s%n", report.failure().skipped() ? "SKIPPED" : "FAILED",
          report.failure().reason());
    }
    for (GroupReport.Measured measured : report.measured()) {
      System.out.printf(Locale.ROOT, "   %s, %s: median [least - greatest]%n", measured.quantity().name(),
          measured.quantity().unit());
      for (GroupReport.Series series : measured.series()) {
        System.out.printf(Locale.ROOT, "     %-36s %s%n", series.contestant(), text(series.spread()));
      }
      for (GroupReport.Ratio ratio : measured.ratios()) {
        System.out.printf(Locale.ROOT, "     %-36s %s%n", ratio.subject() + " / " + ratio.other(),
            text(ratio.spread()));
      }
    }
    report.notes().forEach(note -> System.out.println("   " + note));
  }

  private static String text(Spread spread) {
    return String.format(Locale.ROOT, "%14s [%s - %s]", text(spread.median()), text(spread.least()),
        text(spread.greatest()));
  }

  /** Returns a value with about four digits. */
  static String text(double value) {
    double size = Math.abs(value);
    return String.format(Locale.ROOT, size >= 1000 ? "%.0f" : size >= 10 ? "%.1f" : "%.3f", value);
  }
}
