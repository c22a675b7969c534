package io.reactorstack.test.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests when this artefact configures JUnit's parallel execution. */
class ParallelSeedsTest {

  private static final String PARALLEL = "junit.jupiter.execution.parallel.";

  private static final Set<String> OTHERS = Set.of("java.version", "junit.jupiter.execution.timeout.default");

  private static Set<String> others(String... more) {
    return Stream.concat(OTHERS.stream(), Stream.of(more)).collect(Collectors.toSet());
  }

  @Test
  void enablesParallelTestsIfTheBuildDoesNotConfigureThem() {
    Map<String, String> those = Map.of(PARALLEL + "enabled", "true", PARALLEL + "mode.default", "same_thread",
        PARALLEL + "config.executor-service", "FORK_JOIN_POOL");
    assertThat(ParallelSeeds.parameters(OTHERS)).isEqualTo(those);
    assertThat(ParallelSeeds.parameters(others(PARALLEL + "config.fixed.parallelism"))).isEqualTo(those);
  }

  @Test
  void keepsTheBuildsThreadPool() {
    assertThat(ParallelSeeds.parameters(others(PARALLEL + "config.executor-service")))
        .containsOnlyKeys(PARALLEL + "enabled", PARALLEL + "mode.default");
  }

  @ParameterizedTest
  @ValueSource(strings = {"enabled", "mode.default", "mode.classes.default"})
  void doesNotChangeABuildThatConfiguresParallelTests(String parameter) {
    assertThat(ParallelSeeds.parameters(others(PARALLEL + parameter))).isEmpty();
  }
}
