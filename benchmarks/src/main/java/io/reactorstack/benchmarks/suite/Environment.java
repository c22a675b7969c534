package io.reactorstack.benchmarks.suite;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * The circumstances of a run, without which its figures mean nothing.
 *
 * @param processor the model of the processor
 * @param processors the number of processors
 * @param kernel the name and release of the kernel
 * @param jdk the vendor and version of the JVM
 * @param flags the flags of all JVMs of the groups
 * @param date the start of the run, in UTC
 * @param commit the commit of the sources, or {@code unknown}
 */
public record Environment(String processor, int processors, String kernel, String jdk, List<String> flags, String date,
    String commit) {

  private static final String UNKNOWN = "unknown";
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

  /** Returns the circumstances of this process. */
  static Environment current(List<String> flags) {
    return new Environment(processorModel(), Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.name") + " " + System.getProperty("os.version") + " " + System.getProperty("os.arch"),
        ManagementFactory.getRuntimeMXBean().getVmVendor() + " " + System.getProperty("java.vm.version"), flags,
        ZonedDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.SECONDS).format(DateTimeFormatter.ISO_INSTANT),
        commitOfSources());
  }

  private static String processorModel() {
    try {
      return Files.readAllLines(PROCESSORS).stream().filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip()).findFirst().orElse(UNKNOWN);
    } catch (IOException e) {
      return UNKNOWN;
    }
  }

  /** Returns the property {@code commit}, or the commit of the working tree that the run starts in. */
  private static String commitOfSources() {
    String given = System.getProperty("commit");
    if (given != null) {
      return given;
    }
    String changes = git("status", "--porcelain");
    return git("rev-parse", "HEAD") + (changes.isEmpty() || changes.equals(UNKNOWN) ? "" : " with changes");
  }

  private static String git(String... arguments) {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return process.waitFor() == 0 ? output : UNKNOWN;
    } catch (IOException e) {
      return UNKNOWN;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return UNKNOWN;
    }
  }
}
