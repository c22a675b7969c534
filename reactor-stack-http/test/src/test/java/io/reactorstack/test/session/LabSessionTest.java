package io.reactorstack.test.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.ExternalCommand;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs tests in a separate JVM, as a build starts them, with and without the flags that a lab needs. */
class LabSessionTest {

  private static final List<String> FLAGS = List.of("--enable-native-access=ALL-UNNAMED",
      "--sun-misc-unsafe-memory-access=allow", "--add-opens", "java.base/java.lang=ALL-UNNAMED",
      "-XX:+UnlockDiagnosticVMOptions", "-XX:DisableIntrinsic=_nanoTime,_currentTimeMillis", "-Xlog:jni+resolve=off");

  private static final Pattern LEFT_OUT = Pattern.compile("slf4j|blockhound|archunit|jqwik|console");

  private static final String AGAIN = " (mvn test -Dtest=PlainSample#%s -Dlab.seed=0): ";

  @TempDir
  private Path directory;

  /** Only the session's listener can have installed the routing of schedulers and enabled parallel tests. */
  @Test
  void printsOnlyFailuresAndPreparesTheJvmBeforeTestClasses() {
    assertThat(run(FLAGS).lines()).containsExactlyInAnyOrder(
        "seed 1 SUCCESSFUL", "seed 2 SUCCESSFUL", "keptSchedulerObeysTheLab(Lab) SUCCESSFUL",
        "fails(Lab) FAILED: seed 0" + AGAIN.formatted("fails") + "an assertion",
        "throwsException(Lab) FAILED: seed 0" + AGAIN.formatted("throwsException") + "an exception");
  }

  @Test
  void testsRunWithoutFlagsAndWarnOnce() {
    String printed = run(List.of());
    assertThat(printed.lines()).contains(
        "seed 1 SUCCESSFUL", "seed 2 SUCCESSFUL", "keptSchedulerObeysTheLab(Lab) SUCCESSFUL",
        "fails(Lab) FAILED: seed 0" + AGAIN.formatted("fails") + "an assertion",
        // The message of this exception cannot be changed; the report contains the command.
        "throwsException(Lab) FAILED: an exception");
    assertThat(printed.lines().filter(line -> line.contains("The lab does not take over the clocks"))).hasSize(1);
  }

  @Test
  void systemPropertySelectsTheSeed() {
    assertThat(run(Stream.concat(FLAGS.stream(), Stream.of("-Dlab.seed=17", "-Dlab.seeds=5")).toList(),
        PlainSample.Passing.class)).isEqualTo("seed 17 SUCCESSFUL\n");
    assertThat(run(Stream.concat(FLAGS.stream(), Stream.of("-Dlab.seeds=3-3")).toList(), PlainSample.Passing.class))
        .isEqualTo("seed 3 SUCCESSFUL\n");
  }

  private String run(List<String> flags) {
    return run(flags, PlainSample.class);
  }

  /** Runs a sample without SLF4J, BlockHound and other engines, and returns all output. */
  private String run(List<String> flags, Class<?> sample) {
    String path = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(jar -> !LEFT_OUT.matcher(jar).find())
        .map(jar -> Path.of(jar).toAbsolutePath().toString()).collect(Collectors.joining(File.pathSeparator));
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(flags);
    command.addAll(
        List.of("-Dsamples.run=true", "-DleakGuard.off=true", "-Djunit.platform.reporting.output.dir=" + directory,
            "-Djunit.jupiter.execution.parallel.config.strategy=fixed",
            "-Djunit.jupiter.execution.parallel.config.fixed.parallelism=2",
            "-cp", path, PlainRun.class.getName(), sample.getName()));
    return ExternalCommand.run(Duration.ofMinutes(2), command).orThrow();
  }
}
