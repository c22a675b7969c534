package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import io.reactorstack.testing.Requirement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.commons.annotation.Testable;

/**
 * The proof sheet: every clause of the RFCs beside the tests that claim it, written to {@code target/requirements.csv}.
 *
 * <p>{@code requirements/clauses.csv} has the clauses, one a row; {@code requirements/not-implemented.csv} those that this
 * stack deliberately does not follow, with the reason.
 */
class RequirementsTest {

  /** Clauses that hosts must follow and this stack does not: so many at most, each with its reason. */
  private static final int MOST_MUSTS_NOT_IMPLEMENTED = 15;

  private static final double LEAST_SHOULDS_COVERED = 0.9;

  private enum Status {
    COVERED,
    NOT_IMPLEMENTED,
    MISSING,
    NOT_APPLICABLE
  }

  private record Clause(
      String id, String rfc, String section, String level, String layer, String summary, String role, String applies) {

    boolean isMust() {
      return level.startsWith("MUST");
    }

    boolean isShould() {
      return level.startsWith("SHOULD");
    }

    boolean isApplicable() {
      return !applies.equals("no");
    }
  }

  private static final JavaClasses TESTS = new ClassFileImporter()
      .withImportOption(new ImportOption.OnlyIncludeTests())
      .importPackages("io.reactorstack");

  private final Map<String, Clause> clauses = clauses();
  private final Map<String, String> reasons = reasons();
  private final Map<String, TreeSet<String>> claims = claims();

  private static Map<String, Clause> clauses() {
    Map<String, Clause> clauses = new LinkedHashMap<>();
    for (NamedCsvRecord row : rows("clauses.csv")) {
      Clause clause = new Clause(row.getField("id"), row.getField("rfc"), row.getField("section"),
          row.getField("level"),
          row.getField("layer"), row.getField("summary"), row.getField("role"), row.getField("applies"));
      clauses.put(clause.id(), clause);
    }
    return clauses;
  }

  private static Map<String, String> reasons() {
    Map<String, String> reasons = new LinkedHashMap<>();
    for (NamedCsvRecord row : rows("not-implemented.csv")) {
      String before = reasons.put(row.getField("id"), row.getField("reason"));
      assertThat(before).as("%s is listed twice", row.getField("id")).isNull();
    }
    return reasons;
  }

  private static List<NamedCsvRecord> rows(String file) {
    try (CsvReader<NamedCsvRecord> reader = CsvReader.builder().ofNamedCsvRecord(resource(file))) {
      return reader.stream().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path resource(String file) {
    try {
      URL url = Objects.requireNonNull(RequirementsTest.class.getResource("/requirements/" + file), file);
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /** Tests by the clause that they claim. */
  private static Map<String, TreeSet<String>> claims() {
    Map<String, TreeSet<String>> claims = new TreeMap<>();
    for (JavaClass type : TESTS) {
      type.tryGetAnnotationOfType(Requirement.class)
          .ifPresent(requirement -> claim(claims, requirement, type.getSimpleName()));
      for (JavaMethod method : type.getMethods()) {
        method.tryGetAnnotationOfType(Requirement.class).ifPresent(requirement -> {
          String name = type.getSimpleName() + '#' + method.getName();
          assertThat(method.isMetaAnnotatedWith(Testable.class) && !method.isAnnotatedWith(Disabled.class))
              .as("%s claims requirements and is run as a test", name)
              .isTrue();
          claim(claims, requirement, name);
        });
      }
    }
    return claims;
  }

  private static void claim(Map<String, TreeSet<String>> claims, Requirement requirement, String test) {
    for (String id : requirement.value()) {
      claims.computeIfAbsent(id, any -> new TreeSet<>()).add(test);
    }
  }

  private Status status(Clause clause) {
    if (claims.containsKey(clause.id())) {
      return Status.COVERED;
    }
    if (reasons.containsKey(clause.id())) {
      return Status.NOT_IMPLEMENTED;
    }
    return clause.isApplicable() ? Status.MISSING : Status.NOT_APPLICABLE;
  }

  private Stream<Clause> ofTcp(Predicate<Clause> which) {
    return of("tcp", which);
  }

  private Stream<Clause> of(String layer, Predicate<Clause> which) {
    return clauses.values()
        .stream()
        .filter(clause -> clause.layer().equals(layer) && clause.isApplicable())
        .filter(which);
  }

  private List<String> ids(Stream<Clause> which, Status status) {
    return which.filter(clause -> status(clause) == status).map(Clause::id).toList();
  }

  @Test
  void reportIsPublished() throws Exception {
    Path report = buildDirectory().resolve("requirements.csv");
    try (CsvWriter writer = CsvWriter.builder().build(report)) {
      writer.writeRecord("id", "rfc", "section", "level", "layer", "role", "applies", "status", "tests", "reason",
          "summary");
      for (Clause clause : clauses.values()) {
        writer.writeRecord(clause.id(), clause.rfc(), clause.section(), clause.level(), clause.layer(), clause.role(),
            clause.applies(), status(clause).name().toLowerCase(Locale.ROOT).replace('_', ' '),
            String.join(" ", claims.getOrDefault(clause.id(), new TreeSet<>())), reasons.getOrDefault(clause.id(), ""),
            clause.summary());
      }
    }
    assertThat(Files.readAllLines(report)).hasSize(clauses.size() + 1);
  }

  private static Path buildDirectory() throws URISyntaxException {
    // target/test-classes/requirements/clauses.csv
    return resource("clauses.csv").getParent().getParent().getParent();
  }

  @Test
  void everyClaimAndEveryReasonNamesAClause() {
    assertThat(clauses.keySet()).containsAll(claims.keySet()).containsAll(reasons.keySet());
  }

  @Test
  void noClauseIsBothTestedAndNotImplemented() {
    assertThat(reasons.keySet()).doesNotContainAnyElementsOf(claims.keySet());
  }

  @Test
  void everyMustOfTcpIsTestedOrDeliberatelyNotFollowed() {
    assertThat(ids(ofTcp(Clause::isMust), Status.MISSING)).as("neither tested nor listed").isEmpty();
    List<String> notImplemented = ids(ofTcp(Clause::isMust), Status.NOT_IMPLEMENTED);
    assertThat(notImplemented).as("not implemented").hasSizeLessThanOrEqualTo(MOST_MUSTS_NOT_IMPLEMENTED);
    assertThat(notImplemented).allSatisfy(id -> assertThat(reasons.get(id)).as(id).isNotBlank());
  }

  @Test
  void nearlyEveryShouldOfTcpIsTested() {
    List<String> tested = ids(ofTcp(Clause::isShould), Status.COVERED);
    List<String> others = ofTcp(Clause::isShould).map(Clause::id).filter(id -> !tested.contains(id)).toList();
    assertThat((double) tested.size() / (tested.size() + others.size()))
        .as("tested; the others are %s", others)
        .isGreaterThanOrEqualTo(LEAST_SHOULDS_COVERED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"igmp", "mld"})
  void everyMustAndNearlyEveryShouldOfGroupsIsTested(String layer) {
    assertThat(ids(of(layer, Clause::isMust), Status.MISSING)).isEmpty();
    long shoulds = of(layer, Clause::isShould).count();
    assertThat((double) ids(of(layer, Clause::isShould), Status.COVERED).size() / shoulds)
        .isGreaterThanOrEqualTo(LEAST_SHOULDS_COVERED);
  }

  @Test
  void noPropertyCarriesAnAnnotationOfTheOtherEngineWhichWouldSkipIt() {
    for (JavaClass type : TESTS) {
      for (JavaMethod method : type.getMethods()) {
        if (method.isAnnotatedWith(Property.class)) {
          assertThat(method.getAnnotations())
              .as(method.getFullName())
              .noneMatch(annotation -> annotation.getRawType().getPackageName().startsWith("org.junit.jupiter"));
        }
      }
    }
  }
}
