package io.reactorstack.test;

import java.lang.reflect.Method;

/** The test and the seed of a failure. */
record Origin(Class<?> testClass, Method method, long seed) {

  /** The command that runs the test with this seed only. */
  String command() {
    String name = testClass.getName();
    String test = "-Dtest=" + name.substring(name.lastIndexOf('.') + 1) + "#" + method.getName();
    // Quote the name of a nested class: the shell would expand its $.
    return "mvn test " + (test.indexOf('$') < 0 ? test : "'" + test + "'") + " -D" + SeedRange.SEED + "=" + seed;
  }

  /** Returns the text put in front of the message of a failure. */
  String prefix() {
    return "seed " + seed + " (" + command() + "): ";
  }
}
