package io.reactorstack.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The rows of the requirements table that a test checks. Only a test that would fail without the behaviour may claim its row. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface Requirement {
  /** The identifiers of the rows, for example {@code "MUST-13"}. */
  String[] value();
}
