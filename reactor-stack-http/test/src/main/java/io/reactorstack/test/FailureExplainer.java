package io.reactorstack.test;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.Function;
import org.opentest4j.IncompleteExecutionException;

/**
 * Adds explanations to the failures of one test: the seed to each, and a report on the world to the first. The report
 * shows the world as it is when the failure leaves the test.
 */
final class FailureExplainer {

  private final String prefix;
  private final Function<Throwable, WorldReport> report;
  private final Set<Throwable> explained = Collections.newSetFromMap(new IdentityHashMap<>());

  /**
   * Creates an instance for a test that has not failed yet.
   *
   * @param prefix the text put in front of messages
   * @param report creates the report for a failure; called once
   */
  FailureExplainer(String prefix, Function<Throwable, WorldReport> report) {
    this.prefix = prefix;
    this.report = report;
  }

  /**
   * Returns the exception to throw in place of {@code failure}. It has the same type, unless {@code failure} may be an
   * instance that other tests throw too.
   */
  synchronized Throwable explained(Throwable failure) {
    if (isNone(failure) || explained.contains(failure)) {
      return failure;
    }
    Throwable told = isShared(failure)
        ? new SharedFailure(prefix + failure, failure)
        : MessagePrefixer.OF_THIS_JVM.prefixed(failure, prefix);
    addReport(told);
    return told;
  }

  /** Adds to {@code failure} the parts of the explanation that do not need a new exception. */
  synchronized void explain(Throwable failure) {
    if (isNone(failure) || explained.contains(failure)) {
      return;
    }
    if (!isShared(failure)) {
      MessagePrefixer.OF_THIS_JVM.prefix(failure, prefix);
    }
    addReport(failure);
  }

  /**
   * Returns whether {@code failure} gets no explanation: the test was aborted or skipped, or the JVM is out of memory.
   */
  private static boolean isNone(Throwable failure) {
    return failure instanceof IncompleteExecutionException || failure instanceof OutOfMemoryError;
  }

  /** Returns whether {@code failure} may be a shared instance that other tests throw too. */
  private static boolean isShared(Throwable failure) {
    return failure.getStackTrace().length == 0 || WorldReport.isIn(failure);
  }

  private void addReport(Throwable failure) {
    if (explained.isEmpty()) {
      failure.addSuppressed(report.apply(failure));
    }
    explained.add(failure);
  }

  /** Wraps an exception that must not be modified. */
  private static final class SharedFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SharedFailure(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
