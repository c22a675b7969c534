package io.reactorstack.netty.agreement;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One row of the table.
 *
 * @param name what is tried
 * @param onNio what is seen on NIO
 * @param onStack what is seen on the stack
 * @param reason why the two may differ; {@code null} if they must not
 * @param families with what addresses
 * @param play how it is tried
 */
record Case(
    String name, String onNio, String onStack, @Nullable String reason, Set<Family> families, Play play) {

  private static final Set<Family> BOTH = EnumSet.allOf(Family.class);

  /** What is done on a net, and what of it is seen. */
  @FunctionalInterface
  interface Play {
    void perform(Net net, Seen seen) throws Exception;
  }

  /** One in which both show the same. */
  static Case same(String name, String expected, Play play) {
    return new Case(name, expected, expected, null, BOTH, play);
  }

  /** One in which they differ, for a reason. */
  static Case differs(String name, String onNio, String onStack, String reason, Play play) {
    return new Case(name, onNio, onStack, reason, BOTH, play);
  }

  /** The same case, tried only with addresses of {@code family}. */
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
