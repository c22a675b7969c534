package io.reactorstack.dns.jvm;

import io.reactorstack.testing.ExternalCommand;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A JVM of its own for settings that a JVM reads once. */
final class ChildJvm {

  private ChildJvm() {}

  /** Returns the command that runs {@code program} with the class path of this JVM. */
  static List<String> command(Class<?> program, List<String> flags, String... arguments) {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow",
        "--enable-native-access=ALL-UNNAMED"));
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Returns the results that the program has printed, by title; fails if it has failed. */
  static Map<String, String> results(ExternalCommand.Result ended) {
    Map<String, String> results = new LinkedHashMap<>();
    ended.orThrow().lines().filter(line -> line.contains(": "))
        .forEach(line -> results.put(line.substring(0, line.indexOf(": ")), line.substring(line.indexOf(": ") + 2)));
    return results;
  }
}
