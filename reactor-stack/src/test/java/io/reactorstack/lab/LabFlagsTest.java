package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Without one of the JVM's flags the lab loses one takeover, and logs which one and the flag to add; the other
 * takeovers still work.
 */
@Timeout(120)
class LabFlagsTest {

  private static final String OPENS = "--add-opens=java.base/java.lang=ALL-UNNAMED";
  private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
  private static final List<String> INTRINSICS = List.of("-XX:+UnlockDiagnosticVMOptions",
      "-XX:DisableIntrinsic=_nanoTime,_currentTimeMillis", "-Xlog:jni+resolve=off");

  private static final String WORDS_FOR_THREADS = "The lab does not take over virtual threads (java.lang.IllegalAccessException:";
  private static final String WORDS_FOR_CLOCKS = "The lab does not take over the clocks of the JDK (compiled code would bypass"
      + " the takeover). Instant.now(), System.nanoTime() and what is built on them show the machine's time, and a timed wait of"
      + " blocking code that nothing ends takes real time. Add --enable-native-access=ALL-UNNAMED"
      + " -XX:+UnlockDiagnosticVMOptions -XX:DisableIntrinsic=_nanoTime,_currentTimeMillis to the JVM's flags";
  private static final String WORDS_FOR_CHANCE = "The lab does not take over the chance of the JDK (";

  @Test
  void allFlagsTakeOverAll() throws Exception {
    expectAll(probe(OPENS, NATIVE, INTRINSICS));
  }

  @Test
  void aVirtualThreadMayMakeTheFirstLab() throws Exception {
    expectAll(probe(OPENS, NATIVE, INTRINSICS, "virtual"));
  }

  private static void expectAll(String said) {
    assertThat(said).contains("probe: elastic: carried", "probe: date: world",
        "probe: chance repeats: true", "probe: UUID repeats: true", "probe: poll: PT0.3S")
        .doesNotContain("does not take over", "WARN");
  }

  @Test
  void withoutAccessToThreadsBlockingCodeRunsOnTheLoop() throws Exception {
    String said = probe("-Dno", NATIVE, INTRINSICS);
    assertThat(said).contains("probe: elastic: loop", "probe: date: world", "probe: chance repeats: false",
        "probe: UUID repeats: true",
        "probe: poll: lab.blocking needs threads that a world carries. " + WORDS_FOR_THREADS,
        "Add --add-opens java.base/java.lang=ALL-UNNAMED to the JVM's flags, on JDK 25.", WORDS_FOR_CHANCE);
    assertThat(warnings(said)).containsExactly(WORDS_FOR_THREADS, WORDS_FOR_CHANCE);
  }

  @Test
  void withIntrinsicClocksTheClocksAreLostAndWaitsTakeRealTime() throws Exception {
    String said = probe(OPENS, NATIVE, List.of());
    assertThat(said).contains("probe: elastic: carried", "probe: date: machine", "probe: chance repeats: true",
        "probe: UUID repeats: true", WORDS_FOR_CLOCKS)
        // The wait was computed by the machine's clock, of which a fraction had passed.
        .containsPattern("probe: poll: PT0\\.(3|29[0-9]*)S");
    assertThat(warnings(said)).containsExactly(WORDS_FOR_CLOCKS);
  }

  @Test
  void withoutNativeAccessClocksAndChanceAreLost() throws Exception {
    String said = probe(OPENS, "--illegal-native-access=deny", INTRINSICS);
    assertThat(said).contains("probe: elastic: carried", "probe: date: machine", "probe: chance repeats: false",
        "Add --enable-native-access=ALL-UNNAMED", WORDS_FOR_CHANCE);
  }

  /** Returns the known beginnings of the warnings in the log, in order. */
  private static List<String> warnings(String said) {
    List<String> found = new ArrayList<>();
    said.lines().filter(line -> !line.startsWith("probe:")).forEach(line -> {
      for (String words : List.of(WORDS_FOR_THREADS, WORDS_FOR_CLOCKS, WORDS_FOR_CHANCE)) {
        if (line.contains(words)) {
          found.add(words);
        }
      }
    });
    return found;
  }

  /** Returns the output and log of a JVM with these flags. */
  private static String probe(String first, String second, List<String> others, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", first, second));
    command.addAll(others);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), FlagsProbe.class.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
