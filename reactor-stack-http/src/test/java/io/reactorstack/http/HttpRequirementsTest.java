package io.reactorstack.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.RequirementTable;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Checks the requirements of this module's layers, writes them to {@code target/requirements.csv} and logs the totals.
 */
class HttpRequirementsTest {

  private static final RequirementTable TABLE = new RequirementTable(RequirementTable.HTTP_LAYERS);

  @Test
  void everyClauseHasATestAReasonOrAPlan() {
    TABLE.check();
  }

  @Test
  void reportIsPublished() throws Exception {
    Path report = Path.of("target", "requirements.csv");
    int rows = TABLE.write(report);
    System.out.print(TABLE.totals());
    assertThat(Files.readAllLines(report)).hasSize(rows + 1);
  }

  @Test
  void aTestClaimsAtMostThreeClauses() {
    TABLE.checkClaimsOfATest(0);
  }

  @Test
  void noPropertyHasAnAnnotationOfTheOtherEngineWhichWouldSkipIt() {
    TABLE.checkProperties();
  }
}
