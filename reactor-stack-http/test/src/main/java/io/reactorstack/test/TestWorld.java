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
 * The lab of one test. It exists from the first parameter of type {@code Lab} to the end of the test. JUnit also closes
 * it if a constructor has failed and no other part of the test runs.
 */
final class TestWorld implements AutoCloseable {

  static final Namespace NAMESPACE = Namespace.create(TestWorld.class);

  private final ExtensionContext context;
  private final Origin origin;
  private final Lab lab;
  private final FailureExplainer failures;

  private TestWorld(ExtensionContext context) {
    long seed = SeedRange.seed(context);
    this.context = context;
    this.origin = new Origin(context.getRequiredTestClass(), context.getRequiredTestMethod(), seed);
    this.failures = new FailureExplainer(origin.prefix(), this::report);
    this.lab = Settings.of(context).applyTo(Lab.builder()).seed(seed).virtualTime();
  }

  /** Returns the world of the test of {@code context}; creates it if none exists. */
  static TestWorld of(ExtensionContext context) {
    return context.getStore(NAMESPACE).getOrComputeIfAbsent(TestWorld.class, key -> new TestWorld(context),
        TestWorld.class);
  }

  /**
   * Returns the world of the test of {@code context}, or of the test that a dynamic test belongs to; {@code null} if
   * none was created.
   */
  static @Nullable TestWorld existing(ExtensionContext context) {
    return context.getStore(NAMESPACE).get(TestWorld.class, TestWorld.class);
  }

  Lab lab() {
    return lab;
  }

  /** Returns the exception to throw in place of {@code failure}: of the same type, and usually the same instance. */
  Throwable explained(Throwable failure) {
    return failures.explained(failure);
  }

  /** Adds an explanation to {@code failure}, an exception that JUnit has already received. */
  void explain(Throwable failure) {
    failures.explain(failure);
  }

  /**
   * Builds the report for {@code failure} and writes its files to the directory that JUnit provides for output of
   * tests.
   */
  private WorldReport report(Throwable failure) {
    // A failure of the lab, or one inside the world, carries a report of the world at that moment and prints its text
    // itself.
    LabReport carried = LabReport.carriedBy(failure);
    LabReport report = carried != null ? carried : lab.report();
    String text = carried != null ? "its report is printed with the failure itself\n" : "\n" + report;
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

  /** Closes the lab. JUnit adds an exception from this method to an earlier failure. Closing twice has no effect. */
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
