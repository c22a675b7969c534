package io.reactorstack.test;

import io.reactorstack.lab.Lab;
import io.reactorstack.lab.LabBuilder;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Settings of the labs that {@link LabExtension} and {@link LabTest} make.
 *
 * <p>May stand on a test method, on a class, on a class that encloses a {@code @Nested} one, and on annotations of your own. The closest
 * one counts, with all its values.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface LabSettings {

  /**
   * Whether the test fails as soon as something from outside reaches its world, as {@link LabBuilder#strict()} says. It does if nothing
   * is said: the seed of a world that listens to other threads does not decide what happens in it, so a failure could not be repeated.
   */
  boolean strict() default true;

  /** The virtual time that {@link Lab#await} lets pass at most, above zero, in the form of ISO 8601: {@code PT1H} is an hour. */
  String limit() default "PT1H";

  /** The date at which the world begins, from 1900 to 2200, in the form of ISO 8601. */
  String startsAt() default "2026-01-01T00:00:00Z";

  /** Whether the world records its decisions for {@link Lab#decisions()}. */
  boolean recordDecisions() default false;

  /** Whether the seed orders what several hosts and threads could do at one instant, as {@link LabBuilder#shuffled()} says. */
  boolean shuffled() default false;
}
