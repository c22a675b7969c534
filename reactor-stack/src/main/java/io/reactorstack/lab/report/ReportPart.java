package io.reactorstack.lab.report;

import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A part of a report: its value, or the failure to read it.
 *
 * @param value the value; {@code null} if it could not be read
 * @param failure the reason; {@code null} if there is a value
 */
public record ReportPart<T>(@Nullable T value, @Nullable Throwable failure) {

  /** Returns the result of {@code reading}, or its failure. */
  public static <T> ReportPart<T> of(Callable<T> reading) {
    try {
      return new ReportPart<>(reading.call(), null);
    } catch (Throwable e) {
      return new ReportPart<>(null, e);
    }
  }

  /** Returns the value as text, or a line about the failure if it could not be read or {@code text} throws. */
  public String text(Function<T, String> text) {
    T given = value;
    if (given == null) {
      return failed(failure);
    }
    try {
      return text.apply(given);
    } catch (Throwable e) {
      return failed(e);
    }
  }

  private static String failed(@Nullable Throwable cause) {
    return "  (could not be read: " + cause + ")\n";
  }
}
