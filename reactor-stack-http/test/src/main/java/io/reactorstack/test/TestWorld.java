package io.reactorstack.test;

import io.reactorstack.lab.Lab;
import io.reactorstack.lab.LabReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * The lab of one test, from the first parameter that asks for it to the end of the test. JUnit closes it too, where a constructor has
 * failed and nothing else of the test runs.
 */
final class TestWorld implements AutoCloseable {

  static final Namespace NAMESPACE = Namespace.create(TestWorld.class);

  private final ExtensionContext context;
  private final Origin origin;
  private final Lab lab;
  private final Failures failures;

  private TestWorld(ExtensionContext context) {
    long seed = SeedRange.seed(context);
    this.context = context;
    this.origin = new Origin(context.getRequiredTestClass(), context.getRequiredTestMethod(), seed);
    this.failures = new Failures(origin.prefix(), this::report);
    this.lab = Settings.of(context).applyTo(Lab.builder()).seed(seed).virtualTime();
  }

  /** The world of the test of {@code context}, made if there is none. */
  static TestWorld of(ExtensionContext context) {
    return context.getStore(NAMESPACE).getOrComputeIfAbsent(TestWorld.class, key -> new TestWorld(context),
        TestWorld.class);
  }

  /** The world of the test of {@code context}, or of the one that a dynamic test belongs to, if it has asked for one. */
  static @Nullable TestWorld existing(ExtensionContext context) {
    return context.getStore(NAMESPACE).get(TestWorld.class, TestWorld.class);
  }

  Lab lab() {
    return lab;
  }

  /** The exception to be thrown in place of {@code failure}: of the same type, most often the same. */
  Throwable explained(Throwable failure) {
    return failures.explained(failure);
  }

  /** Adds to {@code failure} what can be added to an exception that JUnit has already. */
  void explain(Throwable failure) {
    failures.explain(failure);
  }

  /** The report for {@code failure}, and its files in the directory where JUnit keeps what tests leave. */
  private WorldReport report(Throwable failure) {
    // A failure of the lab, or inside the world, has a report of the world as it was then, with its text.
    LabReport carried = LabReport.carriedBy(failure);
    LabReport report = carried != null ? carried : lab.report();
    String text = carried != null ? "its report stands beside this\n" : "\n" + report;
    List<Path> files = new ArrayList<>();
    Throwable unpublished = null;
    try {
      context.publishDirectory("world", directory -> files.addAll(report.writeTo(directory)));
    } catch (RuntimeException e) {
      unpublished = e;
    }
    WorldReport made = new WorldReport(origin.prefix() + text + list(files));
    if (unpublished != null) {
      made.addSuppressed(unpublished);
    }
    return made;
  }

  private static String list(List<Path> files) {
    return files.isEmpty()
        ? ""
        : files.stream().map(file -> "  " + file.toAbsolutePath() + "\n")
            .collect(Collectors.joining("", "\nfiles\n", ""));
  }

  /** Closes the lab. JUnit adds what this throws to an earlier failure. Closing twice has no effect. */
  @Override
  public void close() {
    try {
      lab.close();
    } catch (RuntimeException | Error e) {
      Throwable explained = failures.explained(e);
      if (explained instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) explained;
    }
  }
}
