package io.reactorstack.test;

import java.util.Arrays;

/** The report on the world of a test, in the form in which JUnit and Maven print it: as an exception that the failure suppresses. */
final class WorldReport extends Exception {

  private static final long serialVersionUID = 1L;

  WorldReport(String text) {
    super(text, null, true, false);
  }

  static boolean isIn(Throwable failure) {
    return Arrays.stream(failure.getSuppressed()).anyMatch(WorldReport.class::isInstance);
  }
}
