package io.reactorstack.test;

import io.reactorstack.lab.LabBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** The parsed {@link LabSettings} of a test. */
record Settings(boolean strict, Duration limit, Instant startsAt, boolean recordDecisions, boolean shuffled) {

  private static final Settings DEFAULT = of(Defaults.class.getAnnotation(LabSettings.class));

  /**
   * Returns the settings closest to the test of {@code context}: those of its method, its class, or an enclosing class.
   */
  static Settings of(ExtensionContext context) {
    Optional<LabSettings> found = AnnotationSupport.findAnnotation(context.getTestMethod(), LabSettings.class);
    if (found.isEmpty()) {
      found = AnnotationSupport.findAnnotation(context.getRequiredTestClass(), LabSettings.class,
          context.getEnclosingTestClasses());
    }
    return found.map(Settings::of).orElse(DEFAULT);
  }

  private static Settings of(LabSettings given) {
    return new Settings(given.strict(), parsed("limit", given.limit(), Duration::parse, "PT1H"),
        parsed("startsAt", given.startsAt(), Instant::parse, "2026-01-01T00:00:00Z"), given.recordDecisions(),
        given.shuffled());
  }

  private static <T> T parsed(String name, String text, Function<String, T> parser, String example) {
    try {
      return parser.apply(text);
    } catch (DateTimeParseException e) {
      throw new ExtensionConfigurationException(
          "@LabSettings(" + name + " = \"" + text + "\") is not of the form " + example, e);
    }
  }

  LabBuilder applyTo(LabBuilder builder) {
    LabBuilder set = builder.limit(limit).startsAt(startsAt);
    set = strict ? set.strict() : set;
    set = shuffled ? set.shuffled() : set;
    return recordDecisions ? set.recordDecisions() : set;
  }

  /** Carries the annotation with its default values. */
  @LabSettings
  private static final class Defaults {}
}
