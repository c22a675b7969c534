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
 * The settings of the labs that {@link LabExtension} and {@link LabTest} create.
 *
 * <p>The annotation may be on a test method, on a class, on a class that encloses a {@code @Nested} one, and on your
 * own annotations. Only the closest annotation applies, with all its values.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface LabSettings {

  /**
   * True if the test fails as soon as something outside its world reaches into the world, as
   * {@link LabBuilder#strict()} describes. This is the default, because the seed does not determine a run into which
   * other threads reach, so a failure could not be reproduced.
   */
  boolean strict() default true;

  /**
   * The maximum virtual time that {@link Lab#await} lets pass, above zero, in ISO 8601 form: {@code PT1H} is an hour.
   */
  String limit() default "PT1H";

  /** The date at which the world begins, from 1900 to 2200, in ISO 8601 form. */
  String startsAt() default "2026-01-01T00:00:00Z";

  /** True if the world records its decisions for {@link Lab#decisions()}. */
  boolean recordDecisions() default false;

  /**
   * True if the seed decides the order of simultaneous actions of hosts and threads, as {@link LabBuilder#shuffled()}
   * describes.
   */
  boolean shuffled() default false;
}
