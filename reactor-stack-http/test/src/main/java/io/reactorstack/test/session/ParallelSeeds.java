package io.reactorstack.test.session;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Configures JUnit to run tests in parallel that request it, as {@code @LabTest} does, and all other tests as before.
 */
final class ParallelSeeds {

  private static final String PARALLEL = "junit.jupiter.execution.parallel.";

  /**
   * Selects the kind of thread pool. The default differs between versions of JUnit, and some log a request to choose
   * one.
   */
  private static final String EXECUTOR = PARALLEL + "config.executor-service";

  private static final Map<String, String> PARAMETERS = Map.of(
      PARALLEL + "enabled", "true",
      PARALLEL + "mode.default", "same_thread",
      EXECUTOR, "FORK_JOIN_POOL");

  private ParallelSeeds() {}

  /**
   * Sets JUnit's configuration parameters as system properties. Parameters that a build passes to JUnit's launcher
   * directly take precedence.
   */
  static void enable() {
    parameters(Stream.of(System.getProperties(), file()).map(Properties::stringPropertyNames).flatMap(Set::stream)
        .collect(Collectors.toSet())).forEach(System::setProperty);
  }

  /**
   * Returns the parameters to set in a build that has set those with the names {@code given}. Returns none if one of
   * them already configures parallel execution.
   */
  static Map<String, String> parameters(Set<String> given) {
    if (given.stream().anyMatch(name -> name.startsWith(PARALLEL) && !name.startsWith(PARALLEL + "config."))) {
      return Map.of();
    }
    Map<String, String> missing = new HashMap<>(PARAMETERS);
    missing.keySet().removeAll(given);
    return missing;
  }

  /**
   * Reads the file in which a build sets JUnit's configuration parameters; system properties take precedence over it.
   */
  private static Properties file() {
    Properties properties = new Properties();
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try (InputStream in = (loader != null ? loader : ClassLoader.getSystemClassLoader())
        .getResourceAsStream("junit-platform.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      // JUnit reads the same file and reports the error.
    }
    return properties;
  }
}
