package io.reactorstack.lab;

import io.reactorstack.lab.jdk.CarriedThreads;
import java.util.List;
import java.util.regex.Pattern;

/** The line of a stack that says most to its reader, without the names of packages and lambdas. */
final class CodeLine {

  private static final Pattern PACKAGES = Pattern.compile("^(?:[^/(]*/)*(?:\\p{javaLowerCase}[^.(]*\\.)+");

  private static final Pattern LAMBDA = Pattern.compile("lambda\\$(\\w+)\\$\\d+");

  private CodeLine() {}

  /** The innermost line that is neither the JDK's nor Reactor's, or the innermost of all. */
  static String of(List<StackTraceElement> stack) {
    String line = new CarriedThreads.Waiting("", stack).line();
    return LAMBDA.matcher(PACKAGES.matcher(line).replaceFirst("")).replaceFirst("$1");
  }
}
