package io.reactorstack.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.platform.engine.OutputDirectoryCreator;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/** Runs {@link Sample} classes with JUnit. */
final class Samples {

  /** The configuration parameter that enables samples. */
  static final String RUNS = "samples.run";

  private Samples() {}

  /** Runs {@code sample} with configuration parameters, each followed by its value. */
  static EngineExecutionResults run(Class<?> sample, String... parameters) {
    EngineTestKit.Builder kit = kit(sample);
    for (int i = 0; i < parameters.length; i += 2) {
      kit.configurationParameter(parameters[i], parameters[i + 1]);
    }
    return kit.execute();
  }

  private static EngineTestKit.Builder kit(Class<?> sample) {
    return EngineTestKit.engine("junit-jupiter").selectors(DiscoverySelectors.selectClass(sample))
        .configurationParameter(RUNS, "true");
  }

  /** Runs a {@code sample} whose tests must all pass, and returns the number of tests. */
  static long passed(Class<?> sample, String... parameters) {
    EngineExecutionResults results = run(sample, parameters);
    assertThat(failures(results)).as("failures of %s", sample).isEmpty();
    Events tests = results.testEvents();
    assertThat(tests.succeeded().count()).as("tests passed of %s", sample).isEqualTo(tests.started().count());
    return tests.succeeded().count();
  }

  /** Returns the failures of the tests and containers of a run. */
  static List<Throwable> failures(EngineExecutionResults results) {
    return results.allEvents().failed().stream()
        .map(event -> event.getRequiredPayload(TestExecutionResult.class).getThrowable().orElseThrow()).toList();
  }

  /** Runs {@code sample} and returns its only failure. */
  static Throwable failure(Class<?> sample, String... parameters) {
    return failure(sample, run(sample, parameters));
  }

  /**
   * Does the same as {@link #failure(Class, String...)}; files that tests publish go to a directory of {@code root}
   * named after the test.
   */
  static Throwable failure(Class<?> sample, Path root) {
    return failure(sample, kit(sample).outputDirectoryCreator(new OutputDirectoryCreator() {

      @Override
      public Path getRootDirectory() { return root; }

      @Override
      public Path createOutputDirectory(TestDescriptor test) throws IOException {
        return Files.createDirectories(root.resolve(test.getDisplayName()));
      }
    }).execute());
  }

  private static Throwable failure(Class<?> sample, EngineExecutionResults results) {
    List<Throwable> failures = failures(results);
    assertThat(failures).as("failures of %s", sample).hasSize(1);
    return failures.getFirst();
  }

  /** Returns the names of the tests that a run has started, in order. */
  static List<String> names(EngineExecutionResults results) {
    return results.testEvents().started().map(Event::getTestDescriptor).map(test -> test.getDisplayName()).toList();
  }
}
