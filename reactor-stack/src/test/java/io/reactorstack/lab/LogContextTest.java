package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.world.LogContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The contents of SLF4J's MDC in a world. */
@Timeout(120)
class LogContextTest {

  @Test
  void mdcThatNoLoggerPrintsIsNotFilled() {
    assertThat(LogContext.isThere()).isFalse();
    Runnable task = () -> {
    };
    assertThat(LogContext.inherited(task)).isSameAs(task);
  }

  @Test
  void linesOfAWorldHaveItsSeedItsTimeAndTheirHost() throws IOException, InterruptedException {
    Process process = new ProcessBuilder(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC", "--add-opens=java.base/java.lang=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED",
        "-Dslf4j.provider=" + LogContextProbe.class.getName(), "-cp", System.getProperty("java.class.path"),
        LogContextProbe.class.getName())).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said.lines().filter(line -> line.startsWith("probe: "))).containsExactly(
        "probe: outside: null null null",
        "probe: lab: 17 null 0.000000",
        "probe: software: 17 shop null",
        "probe: timer: 17 shop 1.500000",
        "probe: later: 17 null 2.000000",
        "probe: thread: 17 null null",
        "probe: still outside: null null null");
  }
}
