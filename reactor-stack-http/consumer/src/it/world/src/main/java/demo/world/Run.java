package demo.world;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs the tests and prints a line for each. */
public final class Run {

  private Run() {}

  /** Takes no arguments. */
  public static void main(String[] arguments) {
    System.out.println("demo runs " + (Run.class.getModule().isNamed() ? "as a module" : "on the class path"));
    LauncherFactory.create().execute(
        LauncherDiscoveryRequestBuilder.request().selectors(DiscoverySelectors.selectClass(WorldTest.class)).build(),
        new TestExecutionListener() {
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
