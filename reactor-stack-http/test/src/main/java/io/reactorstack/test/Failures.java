package io.reactorstack.test;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.Function;
import org.opentest4j.IncompleteExecutionException;

/**
 * Explains the failures of one test: each by its seed, and the first by a report on the world as it is when the failure leaves the
 * test.
 */
final class Failures {

  private final String prefix;
  private final Function<Throwable, WorldReport> report;
  private final Set<Throwable> explained = Collections.newSetFromMap(new IdentityHashMap<>());

  /**
   * For a test that has not failed yet.
   *
   * @param prefix what is put in front of messages
   * @param report makes the report for a failure, once
   */
  Failures(String prefix, Function<Throwable, WorldReport> report) {
    this.prefix = prefix;
    this.report = report;
  }

  /** The exception to be thrown in place of {@code failure}: of its type, unless others may hold the same exception. */
  synchronized Throwable explained(Throwable failure) {
    if (isNone(failure) || explained.contains(failure)) {
      return failure;
    }
    Throwable told = isShared(failure)
        ? new SharedFailure(prefix + failure, failure)
        : Messages.OF_THIS_JVM.prefixed(failure, prefix);
    addReport(told);
    return told;
  }

  /** Adds to {@code failure} what can be added in place. */
  synchronized void explain(Throwable failure) {
    if (isNone(failure) || explained.contains(failure)) {
      return;
    }
    if (!isShared(failure)) {
      Messages.OF_THIS_JVM.prefix(failure, prefix);
    }
    addReport(failure);
  }

  /** Whether the test has not failed: it was given up, or the JVM must. */
  private static boolean isNone(Throwable failure) {
    return failure instanceof IncompleteExecutionException || failure instanceof OutOfMemoryError;
  }

  /** Whether {@code failure} may be a constant that other tests throw too, now or later. */
  private static boolean isShared(Throwable failure) {
    return failure.getStackTrace().length == 0 || WorldReport.isIn(failure);
  }

  private void addReport(Throwable failure) {
    if (explained.isEmpty()) {
      failure.addSuppressed(report.apply(failure));
    }
    explained.add(failure);
  }

  /** Stands for an exception to which nothing may be added. */
  private static final class SharedFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SharedFailure(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
