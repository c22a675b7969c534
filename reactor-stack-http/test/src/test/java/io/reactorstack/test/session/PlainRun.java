package io.reactorstack.test.session;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** A program that runs a test class with JUnit's launcher, as a build does, and prints a line for each test. */
final class PlainRun {

  private PlainRun() {}

  /** Runs the class named by the first argument. */
  public static void main(String[] arguments) {
    LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
        .selectors(DiscoverySelectors.selectClass(arguments[0])).build();
    LauncherFactory.create().execute(request, new TestExecutionListener() {

      @Override
      public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        String failure = result.getThrowable().map(Throwable::getMessage).map(message -> ": " + message).orElse("");
        if (test.isTest() || !failure.isEmpty()) {
          System.out.println(test.getDisplayName() + " " + result.getStatus() + failure);
        }
      }
    });
  }
}
