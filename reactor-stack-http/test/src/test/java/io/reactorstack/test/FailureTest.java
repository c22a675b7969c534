package io.reactorstack.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.reactorstack.lab.Lab;
import io.reactorstack.lab.LabReport;
import io.reactorstack.lab.StalledException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.MultipleFailuresError;
import org.opentest4j.TestAbortedException;
import reactor.core.publisher.Mono;

/** Tests the failures of tests with a lab: their messages, their types, and the report. */
class FailureTest {

  private static WorldReport report(Throwable failure) {
    List<Throwable> reports = Arrays.stream(failure.getSuppressed()).filter(WorldReport.class::isInstance).toList();
    assertThat(reports).as("reports in %s", failure).hasSize(1);
    return (WorldReport) reports.getFirst();
  }

  /** Returns the expected prefix; the name of a nested class is in quotes. */
  private static String prefix(String test, long seed) {
    return "seed " + seed + " (mvn test '-Dtest=FailureTest$" + test + "' -Dlab.seed=" + seed + ")";
  }

  @Sample
  static class Unequal {

    @LabTest(seeds = 3, firstSeed = 15)
    void fails(Lab lab) {
      lab.advance(Duration.ofSeconds(5));
      if (lab.random("draw").nextLong() == seventeenth()) {
        assertEquals("two", "three", "numbers");
      }
    }

    private static long seventeenth() {
      try (Lab lab = Lab.virtual(17)) {
        return lab.random("draw").nextLong();
      }
    }
  }

  @Test
  void messageBeginsWithTheSeedAndTheCommandThatRepeatsIt() {
    AssertionFailedError failure = (AssertionFailedError) Samples.failure(Unequal.class);
    assertThat(failure.getMessage()).startsWith(prefix("Unequal#fails", 17) + ": numbers ==> expected: <two> but was");
    assertThat(failure.getExpected().getEphemeralValue()).isEqualTo("two");
    assertThat(failure.getActual().getEphemeralValue()).isEqualTo("three");
  }

  @Test
  void commandOfAClassThatIsNotNestedNeedsNoQuotes() throws NoSuchMethodException {
    assertThat(new Origin(FailureTest.class, FailureTest.class.getDeclaredMethod("reports"), -3).prefix())
        .isEqualTo("seed -3 (mvn test -Dtest=FailureTest#reports -Dlab.seed=-3): ");
  }

  @Test
  void reports() {
    WorldReport report = report(Samples.failure(Unequal.class));
    assertThat(report.getStackTrace()).isEmpty();
    assertThat(report).hasMessageContaining("the world of seed 17 at 5 s");
  }

  @Test
  void filesOfTheReportArePublished(@TempDir Path root) throws IOException {
    Throwable failure = Samples.failure(Unequal.class, root);
    Path file = root.resolve(Path.of("seed 17", "world", "report.txt"));
    assertThat(report(failure)).hasMessageContaining("\nfiles\n  " + file + "\n");
    assertThat(Files.readString(file)).startsWith("the world of seed 17 at 5 s");
    try (Stream<Path> made = Files.list(root)) {
      assertThat(made).as("directories of tests that have failed").hasSize(1);
    }
  }

  @Test
  void failureToWriteFilesDoesNotReplaceTheTestFailure(@TempDir Path root) throws IOException {
    Files.writeString(root.resolve("seed 17"), "a file where the directory should be");
    Throwable failure = Samples.failure(Unequal.class, root);
    assertThat(failure).hasMessageContaining("numbers");
    assertThat(report(failure)).hasMessageContaining("the world of seed 17 at 5 s");
    assertThat(report(failure).getSuppressed()).hasSize(1);
  }

  @Sample
  static class InTheWorld {

    @LabTest(seeds = 1, firstSeed = 17)
    void fails(Lab lab) {
      lab.advance(Duration.ofSeconds(5));
      lab.run(() -> assertEquals("two", "three", "numbers"));
    }
  }

  @Test
  void reportOfAFailureInsideTheWorldIsPrintedOnce(@TempDir Path root) throws IOException {
    for (Class<?> sample : List.of(InTheWorld.class, InTest.class)) {
      StringWriter trace = new StringWriter();
      Throwable failure = Samples.failure(sample, root.resolve(sample.getSimpleName()));
      failure.printStackTrace(new PrintWriter(trace));
      assertThat(trace.toString()).containsOnlyOnce("the world of seed ")
          .contains("its report is printed with the failure itself\n");
      LabReport carried = LabReport.carriedBy(failure);
      assertThat(carried).isNotNull();
      assertThat(trace.toString()).contains(carried.toString());
    }
  }

  // ---- failures in all parts of a test

  @Sample
  @ExtendWith(LabExtension.class)
  static class InBefore {

    @BeforeEach
    void before(Lab lab) throws IOException {
      throw new IOException("no file");
    }

    @Test
    void passes(Lab lab) {}
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class InTest {

    @Test
    void stalls(Lab lab) {
      lab.await(Mono.never());
    }
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class InAfter {

    @Test
    void passes(Lab lab) {}

    @AfterEach
    void after() {
      throw new IllegalArgumentException();
    }
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class InConstructor {

    InConstructor(Lab lab) {
      throw new IllegalStateException("not constructed");
    }

    @Test
    void passes() {}
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class InNested {

    @Nested
    class Inside {

      @Test
      void fails(Lab lab) {
        throw new IllegalStateException("inside");
      }
    }
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class InDynamicTest {

    @TestFactory
    Stream<DynamicTest> factory(Lab lab) {
      return Stream.of(DynamicTest.dynamicTest("one", () -> {
        throw new IllegalStateException("dynamic");
      }));
    }
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class InFactory {

    @TestFactory
    Stream<DynamicTest> factory(Lab lab) {
      throw new IllegalStateException("factory");
    }
  }

  /** Fails before the test's own code runs. */
  static class Refusing implements BeforeTestExecutionCallback {

    @Override
    public void beforeTestExecution(ExtensionContext context) {
      throw new UnsupportedOperationException("an extension");
    }
  }

  @Sample
  @ExtendWith({LabExtension.class, Refusing.class})
  static class InOtherExtension {

    @BeforeEach
    void before(Lab lab) {}

    @Test
    void passes() {}
  }

  @Test
  void failuresOfAllPartsOfATestAreExplainedAndKeepTheirTypes() {
    assertThat(explained(InBefore.class, "InBefore#passes")).isExactlyInstanceOf(IOException.class)
        .hasMessageEndingWith(": no file");
    assertThat(explained(InTest.class, "InTest#stalls")).isExactlyInstanceOf(StalledException.class)
        .hasMessageContaining(": the world is idle");
    assertThat(explained(InAfter.class, "InAfter#passes")).isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage(prefix("InAfter#passes", 0));
    assertThat(explained(InNested.class, "InNested$Inside#fails")).hasMessageEndingWith(": inside");
    assertThat(explained(InDynamicTest.class, "InDynamicTest#factory")).hasMessageEndingWith(": dynamic");
    assertThat(explained(InFactory.class, "InFactory#factory")).hasMessageEndingWith(": factory");
    assertThat(explained(InOtherExtension.class, "InOtherExtension#passes")).hasMessageEndingWith(": an extension");
    assertThat(explained(InConstructor.class, "InConstructor#passes")).isExactlyInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith(": not constructed");
  }

  private static Throwable explained(Class<?> sample, String test) {
    Throwable failure = Samples.failure(sample);
    assertThat(failure).hasMessageStartingWith(prefix(test, 0));
    assertThat(report(failure)).hasMessageContaining(prefix(test, 0));
    return failure;
  }

  // ---- close

  @Sample
  @ExtendWith(LabExtension.class)
  static class Forgotten {

    @Test
    void forgetsAHost(Lab lab) {
      lab.host("shop").address("10.0.0.1/24");
    }
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class ForgottenToo {

    @Test
    void fails(Lab lab) {
      lab.host("shop").address("10.0.0.1/24");
      throw new IllegalArgumentException("first");
    }

    @AfterEach
    void after(Lab lab) {
      throw new IllegalArgumentException("second");
    }
  }

  @Test
  void failureOfCloseFailsTheTest() {
    assertThat(explained(Forgotten.class, "Forgotten#forgetsAHost")).isExactlyInstanceOf(IllegalStateException.class)
        .hasMessageContaining("hosts described but never connected: shop;");
  }

  @Test
  void onlyTheFirstFailureHasTheReport() {
    Throwable failure = explained(ForgottenToo.class, "ForgottenToo#fails");
    assertThat(failure).hasMessageEndingWith(": first");
    assertThat(failure.getSuppressed()).hasSize(3)
        .anySatisfy(second -> assertThat(second).hasMessageEndingWith(": second").hasNoSuppressedExceptions())
        .anySatisfy(close -> assertThat(close).hasMessageContaining("never connected").hasNoSuppressedExceptions());
  }

  // ---- types

  /** Expects an exception of the type that the test throws. */
  static class Expecting implements TestExecutionExceptionHandler, AfterEachCallback {

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
      if (!(failure instanceof TimeoutException)) {
        throw failure;
      }
    }

    @Override
    public void afterEach(ExtensionContext context) {
      assertThat(context.getExecutionException()).isEmpty();
    }
  }

  @Sample
  @ExtendWith({LabExtension.class, Expecting.class})
  static class Expected {

    @Test
    void timesOut(Lab lab) throws TimeoutException {
      throw new TimeoutException("expected");
    }
  }

  @Test
  void otherExtensionsReceiveTheOriginalType() {
    assertThat(Samples.passed(Expected.class)).isEqualTo(1);
  }

  @Sample
  static class Aborted {

    @LabTest(seeds = 2)
    void assumes(Lab lab) {
      Assumptions.abort("not today");
    }
  }

  @Test
  void abortedTestIsNotExplained() {
    EngineExecutionResults results = Samples.run(Aborted.class);
    assertThat(Samples.failures(results)).isEmpty();
    assertThat(results.testEvents().aborted().stream()
        .map(event -> event.getRequiredPayload(org.junit.platform.engine.TestExecutionResult.class).getThrowable()
            .orElseThrow()))
        .hasSize(2).allSatisfy(given -> assertThat(given).isInstanceOf(TestAbortedException.class)
            .hasMessage("not today").hasNoSuppressedExceptions());
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class Several {

    @Test
    void all(Lab lab) {
      assertAll(() -> assertEquals(1, 2), () -> assertEquals(3, 4));
    }
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class SeveralSoft {

    @Test
    void softly(Lab lab) {
      SoftAssertions.assertSoftly(softly -> {
        softly.assertThat(1).isEqualTo(2);
        softly.assertThat(3).isEqualTo(4);
      });
    }
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class Compared {

    @Test
    void compares(Lab lab) {
      Assertions.assertThat("two").as("numbers").isEqualTo("three");
    }
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class NullPointer {

    @Test
    void dereferences(Lab lab) {
      String nothing = lab.hosts().isEmpty() ? null : "";
      nothing.length();
    }
  }

  @Test
  void computedMessagesAreKept() {
    for (Throwable several : List.of(explained(Several.class, "Several#all"),
        explained(SeveralSoft.class, "SeveralSoft#softly"))) {
      assertThat(several).isInstanceOf(MultipleFailuresError.class)
          .hasMessageContaining("Multiple Failures (2 failures)")
          .hasMessageMatching("(?s).*expected: .*[14].*expected: .*[34].*");
      assertThat(((MultipleFailuresError) several).getFailures()).hasSize(2);
    }
    Throwable compared = explained(Compared.class, "Compared#compares");
    assertThat(compared).hasMessageContaining("[numbers]").hasMessageContaining("expected: \"three\"");
    assertThat(((AssertionFailedError) compared).getExpected().getEphemeralValue()).isEqualTo("\"three\"");
    assertThat(explained(NullPointer.class, "NullPointer#dereferences")).hasMessageContaining("\"nothing\" is null");
  }

  @Sample
  static class Constant {

    private static final Exception STACKLESS = new ClosedChannelException() {

      private static final long serialVersionUID = 1L;

      @Override
      public synchronized Throwable fillInStackTrace() {
        return this;
      }
    };
    private static final Exception SHARED = new Exception("always the same");

    @LabTest(seeds = 2)
    void stackless(Lab lab) throws Exception {
      throw STACKLESS;
    }

    @LabTest(seeds = 2)
    void shared(Lab lab) throws Exception {
      throw SHARED;
    }
  }

  @Test
  void sharedExceptionsAreNotModified() {
    List<Throwable> failures = Samples.failures(Samples.run(Constant.class));
    assertThat(failures).hasSize(4);
    for (String test : List.of("stackless", "shared")) {
      for (int seed = 1; seed <= 2; seed++) {
        String prefix = prefix("Constant#" + test, seed);
        assertThat(failures).anySatisfy(failure -> {
          assertThat(failure).hasMessageStartingWith(prefix);
          assertThat(report(failure)).hasMessageStartingWith(prefix);
        });
      }
    }
    assertThat(Constant.STACKLESS).hasNoSuppressedExceptions().hasMessage(null);
  }

  /** Simulates a JVM that does not open {@code java.lang}. */
  @Test
  void assertionErrorsAreReplacedIfMessagesCannotBeChanged() {
    MessagePrefixer messages = new MessagePrefixer(null);
    AssertionFailedError unequal = new AssertionFailedError("unequal", 1, 2, new IOException("cause"));
    unequal.addSuppressed(new IOException("suppressed"));
    AssertionFailedError replaced = (AssertionFailedError) messages.prefixed(unequal, "seed 1: ");
    assertThat(replaced).isNotSameAs(unequal).hasMessage("seed 1: unequal").cause().hasMessage("cause");
    assertThat(replaced).isExactlyInstanceOf(AssertionFailedError.class);
    assertThat(replaced.getExpected().getValue()).isEqualTo(1);
    assertThat(replaced.getActual().getValue()).isEqualTo(2);
    assertThat(replaced.getStackTrace()).isEqualTo(unequal.getStackTrace());
    assertThat(replaced.getSuppressed()).isEqualTo(unequal.getSuppressed());
    assertThat(((AssertionFailedError) messages.prefixed(new AssertionFailedError("false"), "seed 1: "))
        .isExpectedDefined()).isFalse();
    assertThat(messages.prefixed(new AssertionError("plain"), "seed 1: ")).isExactlyInstanceOf(AssertionError.class)
        .hasMessage("seed 1: plain");
    assertThat(messages.prefixed(new AssertionError(), "seed 1 (command): ")).hasMessage("seed 1 (command)");
    IOException other = new IOException("other");
    assertThat(messages.prefixed(other, "seed 1: ")).isSameAs(other).hasMessage("other");
  }
}
