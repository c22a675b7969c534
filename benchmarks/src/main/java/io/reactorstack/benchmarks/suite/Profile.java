package io.reactorstack.benchmarks.suite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingFile;

/**
 * Samples in which part of the program the threads of a contestant are, with the JVM's flight recorder.
 *
 * <p>A sample counts for the part that owns its innermost method; methods of the JDK, of buffers and of queues count for
 * their callers. Samples of threads in which no code of the stack runs are left out. Not thread-safe.
 */
final class Profile {

  /** The flags with which the compiler records the line of every instruction, and not only of calls and loops. */
  static final List<String> FLAGS = List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:+DebugNonSafepoints");

  private static final Duration PERIOD = Duration.ofMillis(10);

  private static final List<String> EVENTS = List.of("jdk.ExecutionSample", "jdk.NativeMethodSample");

  private static final String STACK = "io.reactorstack.";

  private static final String LOADS = STACK + "benchmarks.";

  /** Buffers count for the code that reads and writes them, whoever made them. */
  private static final String BUFFERS = STACK + "packet.Packet";

  private static final String SYSTEM_CALLS = STACK + "device.linux.Libc";

  /** Parts with a share below this one have no line. */
  private static final double WORTH_A_LINE = 0.01;

  private static final int MOST_METHODS = 12;

  /** Owners outside the stack, by the beginning of the class name. */
  private static final Map<String, String> OTHERS = Map.of(
      "reactor.netty.", "Reactor Netty",
      "io.netty.handler.", "Netty's codecs",
      "io.netty.channel.", "event loop and pipeline",
      "io.netty.util.concurrent.SingleThread", "event loop and pipeline");

  private final Map<String, Integer> parts = new LinkedHashMap<>();
  private final Map<String, Integer> busiest = new LinkedHashMap<>();

  /** Does {@code work} and adds its samples. */
  <T> T during(Callable<T> work) throws Exception {
    Path file = Files.createTempFile("profile", ".jfr");
    try (Recording recording = new Recording()) {
      EVENTS.forEach(event -> recording.enable(event).withPeriod(PERIOD));
      recording.start();
      T result = work.call();
      recording.stop();
      recording.dump(file);
      add(file);
      return result;
    } finally {
      Files.delete(file);
    }
  }

  private void add(Path file) throws IOException {
    try (RecordingFile events = new RecordingFile(file)) {
      while (events.hasMoreEvents()) {
        RecordedEvent event = events.readEvent();
        if (EVENTS.contains(event.getEventType().getName()) && event.getStackTrace() != null) {
          add(event.getStackTrace().getFrames());
        }
      }
    }
  }

  private void add(List<RecordedFrame> frames) {
    List<RecordedMethod> methods = frames.stream().map(RecordedFrame::getMethod).toList();
    boolean ofStack = methods.stream().map(Profile::nameOf)
        .anyMatch(name -> name.startsWith(STACK) && !name.startsWith(LOADS));
    methods.stream().filter(method -> ofStack && owner(method).isPresent()).findFirst().ifPresent(method -> {
      parts.merge(owner(method).orElseThrow(), 1, Integer::sum);
      String name = nameOf(method);
      busiest.merge(name.substring(name.lastIndexOf('.') + 1) + "." + method.getName(), 1, Integer::sum);
    });
  }

  private static Optional<String> owner(RecordedMethod method) {
    String name = nameOf(method);
    if (name.startsWith(LOADS)) {
      return Optional.of("application");
    }
    if (name.startsWith(SYSTEM_CALLS)) {
      return Optional.of("system call " + method.getName());
    }
    if (name.startsWith(BUFFERS)) {
      return Optional.empty();
    }
    if (name.startsWith(STACK)) {
      String room = name.substring(STACK.length()).replaceFirst("\\.?[A-Z].*", "");
      return Optional.of(room.isEmpty() ? "stack" : room);
    }
    return OTHERS.entrySet().stream().filter(other -> name.startsWith(other.getKey())).map(Map.Entry::getValue)
        .findFirst();
  }

  private static String nameOf(RecordedMethod method) {
    return method.getType().getName();
  }

  /** Adds a line for each part and each of the busiest methods to the report, the largest first. */
  void report(String contestant, Results results) {
    int all = parts.values().stream().mapToInt(Integer::intValue).sum();
    results.note(String.format(Locale.ROOT, "where the time of %s goes, of %d samples:", contestant, all));
    descending(parts).filter(part -> part.getValue() >= WORTH_A_LINE * all)
        .forEach(part -> results.note(line(part, all)));
    results.note("  busiest methods:");
    descending(busiest).limit(MOST_METHODS).forEach(method -> results.note(line(method, all)));
  }

  private static Stream<Map.Entry<String, Integer>> descending(Map<String, Integer> counts) {
    return counts.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()));
  }

  private static String line(Map.Entry<String, Integer> entry, int all) {
    return String.format(Locale.ROOT, "  %5.1f %%  %s", 100.0 * entry.getValue() / all, entry.getKey());
  }
}
