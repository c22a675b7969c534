package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.RequirementTable;
import io.reactorstack.testing.RequirementTable.Clause;
import io.reactorstack.testing.RequirementTable.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The requirement report of this module's layers, written to {@code target/requirements.csv}; its totals are logged.
 */
class RequirementsTest {

  /** The maximum number of mandatory clauses that this stack deliberately does not follow; each has its reason. */
  private static final int MAX_MUSTS_WITH_A_REASON = 15;

  private static final double MIN_SHOULDS_TESTED = 0.9;

  private static final RequirementTable TABLE = new RequirementTable(RequirementTable.STACK_LAYERS);

  @Test
  void everyClauseHasATestAReasonOrAPlan() {
    TABLE.check();
  }

  @Test
  void writesTheReport() throws Exception {
    Path report = Path.of("target", "requirements.csv");
    int rows = TABLE.write(report);
    System.out.print(TABLE.totals());
    assertThat(Files.readAllLines(report)).hasSize(rows + 1);
  }

  @Test
  void everyMustOfTcpIsTestedOrDeliberatelyNotFollowed() {
    assertThat(TABLE.ids("tcp", Clause::isMust, Status.PLANNED)).isEmpty();
    assertThat(TABLE.ids("tcp", Clause::isMust, Status.REASON)).hasSizeLessThanOrEqualTo(MAX_MUSTS_WITH_A_REASON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"igmp", "mld"})
  void everyMustOfGroupsIsTestedOrDeliberatelyNotFollowed(String layer) {
    assertThat(TABLE.ids(layer, Clause::isMust, Status.PLANNED)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "igmp", "mld"})
  void nearlyEveryShouldIsTested(String layer) {
    List<String> tested = TABLE.ids(layer, Clause::isShould, Status.TESTED);
    List<String> others = TABLE.applicable(layer).filter(Clause::isShould).map(Clause::id)
        .filter(id -> !tested.contains(id)).toList();
    assertThat((double) tested.size() / (tested.size() + others.size()))
        .as("share of tested clauses; the untested ones are %s", others)
        .isGreaterThanOrEqualTo(MIN_SHOULDS_TESTED);
  }

  @Test
  void aTestClaimsAtMostThreeClauses() {
    TABLE.checkClaimsOfATest(0);
  }

  @Test
  void propertiesHaveNoJupiterAnnotations() {
    TABLE.checkProperties();
  }
}
