package io.reactorstack.netty.agreement;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One case, which is a row of the table.
 *
 * @param name what the case tries
 * @param onNio the observations on NIO
 * @param onStack the observations on the stack
 * @param reason why the two differ; {@code null} if they must not
 * @param families the kinds of addresses with which the case is performed
 * @param play the program of the case
 */
record Case(
    String name, String onNio, String onStack, @Nullable String reason, Set<Family> families, Play play) {

  private static final Set<Family> BOTH = EnumSet.allOf(Family.class);

  /** The program of a case: performs calls on a net and records observations. */
  @FunctionalInterface
  interface Play {
    void perform(Net net, Seen seen) throws Exception;
  }

  /** Creates a case with the same observations on both transports. */
  static Case same(String name, String expected, Play play) {
    return new Case(name, expected, expected, null, BOTH, play);
  }

  /** Creates a case with different observations, and the reason for the difference. */
  static Case differs(String name, String onNio, String onStack, String reason, Play play) {
    return new Case(name, onNio, onStack, reason, BOTH, play);
  }

  /** Returns a copy that is performed with addresses of {@code family} only. */
  Case only(Family family) {
    return new Case(name, onNio, onStack, reason, EnumSet.of(family), play);
  }

  String row() {
    String verdict = reason == null ? "equal" : reason;
    String where = families.equals(BOTH) ? "" : families + ": ";
    return "| " + where + name + " | " + onNio + " | " + (reason == null ? "the same" : onStack) + " | " + verdict
        + " |";
  }

  @Override
  public String toString() {
    return name;
  }
}
