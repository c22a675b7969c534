package io.reactorstack.test.session;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;

/** Lets JUnit run tests at the same time that ask for it, as {@code @LabTest} does, and all others as before. */
final class ParallelSeeds {

  private static final String PARALLEL = "junit.jupiter.execution.parallel.";

  private static final Map<String, String> PARAMETERS = Map.of(
      PARALLEL + "enabled", "true",
      PARALLEL + "mode.default", "same_thread");

  private ParallelSeeds() {}

  /** Sets JUnit's configuration parameters by system properties. What a build gives to JUnit's launcher directly counts more than they. */
  static void enable() {
    parameters(Stream.of(System.getProperties(), file()).map(Properties::stringPropertyNames).flatMap(Set::stream))
        .forEach(System::setProperty);
  }

  /**
   * The parameters to be set in a build that has set those with the names {@code given}: none, if there is one among them by which the build
   * says which tests run at the same time.
   */
  static Map<String, String> parameters(Stream<String> given) {
    return given.anyMatch(name -> name.startsWith(PARALLEL) && !name.startsWith(PARALLEL + "config."))
        ? Map.of()
        : PARAMETERS;
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
