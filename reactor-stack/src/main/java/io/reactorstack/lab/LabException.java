package io.reactorstack.lab;

import org.jspecify.annotations.Nullable;

/**
 * An error of the lab itself, with a report of the world as it was then. {@link #getMessage} is one line; {@link #toString}, which
 * stack traces begin with, has the report below it.
 */
public abstract sealed class LabException extends RuntimeException permits StalledException, EscapeException {

  private static final long serialVersionUID = 1L;

  private transient volatile @Nullable LabReport report;

  LabException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** The world when this happened; {@code null} if the exception has been read from a stream. */
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
