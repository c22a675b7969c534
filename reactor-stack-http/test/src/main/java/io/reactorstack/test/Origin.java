package io.reactorstack.test;

import java.lang.reflect.Method;

/** The test and the seed of a failure. */
record Origin(Class<?> testClass, Method method, long seed) {

  /** The command that runs the test with this seed only. */
  String command() {
    String name = testClass.getName();
    String test = "-Dtest=" + name.substring(name.lastIndexOf('.') + 1) + "#" + method.getName();
    // The $ in the name of a nested class is the shell's otherwise.
    return "mvn test " + (test.indexOf('$') < 0 ? test : "'" + test + "'") + " -D" + SeedRange.SEED + "=" + seed;
  }

  /** As it stands in front of the message of a failure. */
  String prefix() {
    return "seed " + seed + " (" + command() + "): ";
  }
}
