package io.reactorstack.benchmarks.suite;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The results of a run.
 *
 * @param environment the circumstances
 * @param windows the number of windows of each contestant
 * @param windowSeconds the time of one window
 * @param warmUpSeconds the time for which each contestant worked before
 * @param groups the results of the groups
 */
public record Report(Environment environment, int windows, double windowSeconds, double warmUpSeconds,
    List<GroupReport> groups) {

  private static final double MILLIS = 1000;

  private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  static Report of(Environment environment, Plan plan, List<GroupReport> groups) {
    return new Report(environment, plan.windows(), plan.window().toMillis() / MILLIS, plan.warmUp().toMillis() / MILLIS,
        groups);
  }

  void writeTo(Path file) throws IOException {
    JSON.writeValue(file.toFile(), this);
  }

  static void write(GroupReport group, Path file) throws IOException {
    JSON.writeValue(file.toFile(), group);
  }

  static GroupReport read(Path file) throws IOException {
    return JSON.readValue(file.toFile(), GroupReport.class);
  }
}
