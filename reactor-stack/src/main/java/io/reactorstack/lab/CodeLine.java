package io.reactorstack.lab;

import io.reactorstack.lab.jdk.CarriedThreads;
import java.util.List;
import java.util.regex.Pattern;

/** Picks the most useful line of a stack trace for a report, without the names of packages and lambdas. */
final class CodeLine {

  private static final Pattern PACKAGES = Pattern.compile("^(?:[^/(]*/)*(?:\\p{javaLowerCase}[^.(]*\\.)+");

  private static final Pattern LAMBDA = Pattern.compile("lambda\\$(\\w+)\\$\\d+");

  private CodeLine() {}

  /**
   * Returns the innermost line that belongs neither to the JDK nor to Reactor, or the innermost of all if there is
   * none.
   */
  static String of(List<StackTraceElement> stack) {
    String line = new CarriedThreads.Waiting("", stack).line();
    return LAMBDA.matcher(PACKAGES.matcher(line).replaceFirst("")).replaceFirst("$1");
  }
}
