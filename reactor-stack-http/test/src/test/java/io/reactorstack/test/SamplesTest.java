package io.reactorstack.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;

/** Checks which classes of this module the build runs as tests. */
class SamplesTest {

  private static final List<JavaClass> WITH_TESTS = new ClassFileImporter()
      .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
      .importPackages("io.reactorstack.test").stream()
      .filter(c -> c.getMethods().stream().anyMatch(method -> method.isMetaAnnotatedWith(Testable.class)))
      .toList();

  @Test
  void classesWithTestsAreSamplesOrMatchTheBuildsNamePattern() {
    assertThat(WITH_TESTS.stream().filter(c -> !isSample(c)).map(JavaClass::getName))
        .contains(SamplesTest.class.getName())
        .allMatch(name -> name.matches("[^$]*(Test|Properties)(\\$.*)?"));
  }

  /** An IDE that runs a package would also run other nested classes, which the build does not. */
  @Test
  void nestedClassesWithTestsAreSamplesOrNestedTests() {
    assertThat(WITH_TESTS.stream().filter(c -> c.getEnclosingClass().isPresent() && !isSample(c)))
        .allMatch(c -> c.isAnnotatedWith(Nested.class));
  }

  @Test
  void sampleIsSkippedUnlessATestRunsIt() {
    assertThat(Samples.run(LabExtensionTest.OneLab.class, Samples.RUNS, null).testEvents().started().count()).isZero();
    assertThat(Samples.passed(LabExtensionTest.OneLab.class)).isPositive();
  }

  private static boolean isSample(JavaClass c) {
    return c.isMetaAnnotatedWith(Sample.class) || c.getRawSuperclass().map(SamplesTest::isSample).orElse(false)
        || c.getEnclosingClass().map(SamplesTest::isSample).orElse(false);
  }
}
