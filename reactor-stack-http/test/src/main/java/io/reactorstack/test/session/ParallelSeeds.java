package io.reactorstack.test.session;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Lets JUnit run tests at the same time that ask for it, as {@code @LabTest} does, and all others as before. */
final class ParallelSeeds {

  private static final String PARALLEL = "junit.jupiter.execution.parallel.";

  /** The same pool of threads in all versions of JUnit, of which some ask for a choice in the log. */
  private static final String EXECUTOR = PARALLEL + "config.executor-service";

  private static final Map<String, String> PARAMETERS = Map.of(
      PARALLEL + "enabled", "true",
      PARALLEL + "mode.default", "same_thread",
      EXECUTOR, "FORK_JOIN_POOL");

  private ParallelSeeds() {}

  /** Sets JUnit's configuration parameters by system properties. What a build gives to JUnit's launcher directly counts more than they. */
  static void enable() {
    parameters(Stream.of(System.getProperties(), file()).map(Properties::stringPropertyNames).flatMap(Set::stream)
        .collect(Collectors.toSet())).forEach(System::setProperty);
  }

  /**
   * The parameters to be set in a build that has set those with the names {@code given}: none, if there is one among them by which the build
   * says which tests run at the same time.
   */
  static Map<String, String> parameters(Set<String> given) {
    if (given.stream().anyMatch(name -> name.startsWith(PARALLEL) && !name.startsWith(PARALLEL + "config."))) {
      return Map.of();
    }
    Map<String, String> missing = new HashMap<>(PARAMETERS);
    missing.keySet().removeAll(given);
    return missing;
  }

  /** The file by which a build sets JUnit's configuration parameters, which count less than system properties. */
  private static Properties file() {
    Properties properties = new Properties();
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try (InputStream in = (loader != null ? loader : ClassLoader.getSystemClassLoader())
        .getResourceAsStream("junit-platform.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      // JUnit reads the same file, and reports it.
    }
    return properties;
  }
}
