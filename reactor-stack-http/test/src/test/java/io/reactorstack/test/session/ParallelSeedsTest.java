package io.reactorstack.test.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When this artefact says which tests run at the same time. */
class ParallelSeedsTest {

  private static final Map<String, String> THOSE_THAT_ASK = Map.of("junit.jupiter.execution.parallel.enabled", "true",
      "junit.jupiter.execution.parallel.mode.default", "same_thread");

  @Test
  void testsThatAskForItRunAtTheSameTimeWhereTheBuildSaysNothing() {
    assertThat(ParallelSeeds.parameters(Stream.of("java.version", "junit.jupiter.execution.timeout.default",
        "junit.jupiter.execution.parallel.config.fixed.parallelism"))).isEqualTo(THOSE_THAT_ASK);
  }

  @ParameterizedTest
  @ValueSource(strings = {"enabled", "mode.default", "mode.classes.default"})
  void buildThatSaysSomethingIsLeftAsItIs(String parameter) {
    assertThat(ParallelSeeds.parameters(Stream.of("java.version", "junit.jupiter.execution.parallel." + parameter)))
        .isEmpty();
  }
}
