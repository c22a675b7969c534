package io.reactorstack.test.junit6;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Lab;
import io.reactorstack.test.LabTest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.engine.TestEngine;

/** Checks which version of JUnit runs these tests. */
class JUnit6Test {

  @Test
  void engineAndApiAreJUnit6() throws ClassNotFoundException {
    for (Class<?> type : List.of(Test.class, Testable.class, TestEngine.class,
        Class.forName("org.junit.jupiter.engine.JupiterTestEngine"))) {
      assertThat(type.getProtectionDomain().getCodeSource().getLocation().toString()).as("jar of %s", type)
          .matches(".*-6\\.[^-]*\\.jar");
    }
  }

  @LabTest(seeds = 3, firstSeed = 5)
  void seedsRun(Lab lab, TestInfo info) {
    lab.advance(Duration.ofDays(365));
    assertThat(info.getDisplayName()).matches("seed \\d+");
  }
}
