package io.reactorstack.lab;

import org.jspecify.annotations.Nullable;

/**
 * An error of the lab itself, with a report of the world at that time. {@link #getMessage} is one line;
 * {@link #toString}, with which a stack trace begins, also contains the report.
 */
public abstract sealed class LabException extends RuntimeException permits StalledException, EscapeException {

  private static final long serialVersionUID = 1L;

  private transient volatile @Nullable LabReport report;

  LabException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** The report of the world at the time of the error; {@code null} if the exception was deserialized. */
  public @Nullable LabReport report() {
    return report;
  }

  void report(LabReport seen) {
    report = seen;
  }

  @Override
  public String toString() {
    LabReport seen = report;
    return seen == null ? super.toString() : super.toString() + "\n\n" + seen;
  }
}
