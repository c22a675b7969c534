package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;

/**
 * The build finds test classes by their names (the includes of Surefire); a class with another name would never run.
 */
class EveryTestRunsTest {

  @Test
  void testClassesHaveNamesThatTheBuildIncludes() {
    List<String> withTests = new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
        .importPackages("io.reactorstack").stream()
        .filter(c -> c.getMethods().stream().anyMatch(method -> method.isMetaAnnotatedWith(Testable.class)))
        .map(EveryTestRunsTest::outermost)
        .distinct().sorted().toList();
    assertThat(withTests).contains(EveryTestRunsTest.class.getName())
        .allMatch(name -> name.endsWith("Test") || name.endsWith("Properties"));
  }

  private static String outermost(JavaClass c) {
    return c.getEnclosingClass().map(EveryTestRunsTest::outermost).orElse(c.getName());
  }
}
