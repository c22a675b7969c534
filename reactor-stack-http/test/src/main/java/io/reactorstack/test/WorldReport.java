package io.reactorstack.test;

import java.util.Arrays;

/**
 * The report on the world of a test, as an exception that is added to the failure as a suppressed one, because JUnit
 * and Maven print those.
 */
final class WorldReport extends Exception {

  private static final long serialVersionUID = 1L;

  WorldReport(String text) {
    super(text, null, true, false);
  }

  static boolean isIn(Throwable failure) {
    return Arrays.stream(failure.getSuppressed()).anyMatch(WorldReport.class::isInstance);
  }
}
