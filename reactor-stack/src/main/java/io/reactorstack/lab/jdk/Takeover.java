package io.reactorstack.lab.jdk;

import java.util.concurrent.atomic.AtomicBoolean;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * One part of the JDK that worlds take over, or the reason why this JVM does not let them. It is tried once, when the part is first
 * needed; whatever goes wrong switches that part off and leaves the others and the lab as they are.
 */
public final class Takeover {

  private static final Logger log = Loggers.getLogger(Takeover.class);

  private final String refusal;
  private final AtomicBoolean silent;

  private Takeover(String refusal) {
    this.refusal = refusal;
    this.silent = new AtomicBoolean(refusal.isEmpty());
  }

  /**
   * Runs {@code attempt}, which takes the part over and tests itself.
   *
   * @param lost what worlds do without the part, as a clause after "the lab does not take over"
   * @param remedy what makes it possible, as a sentence
   */
  static Takeover attempt(String lost, String remedy, Attempt attempt) {
    try {
      attempt.run();
      return new Takeover("");
    } catch (Throwable e) {
      // Linkage errors belong here too: another JDK may lack anything that is reached for.
      return new Takeover("The lab does not take over " + lost + " (" + reason(e) + "). " + remedy);
    }
  }

  /** The first of {@code parts} that does not stand, or the last: they are of use together only. */
  static Takeover firstRefused(Takeover... parts) {
    Takeover found = parts[0];
    for (Takeover part : parts) {
      if (found.stands()) {
        found = part;
      }
    }
    return found;
  }

  private static String reason(Throwable e) {
    String message = e.getMessage();
    return message == null || !(e instanceof Refused) ? e.toString() : message;
  }

  /** Whether worlds have this part. */
  public boolean stands() {
    return refusal.isEmpty();
  }

  /** A sentence on what is lost, why, and the remedy; empty if nothing is lost. */
  public String refusal() {
    return refusal;
  }

  /** Logs a refusal, once in this JVM. */
  public void warnOnce() {
    if (silent.compareAndSet(false, true)) {
      log.warn(refusal);
    }
  }

  /** The name by which flags of the JVM grant rights to this code. */
  static String self() {
    Module own = Takeover.class.getModule();
    return own.isNamed() ? own.getName() : "ALL-UNNAMED";
  }

  /** Takes something over and tests it. */
  interface Attempt {

    void run() throws Throwable;
  }

  /** A self-test that failed, or a condition that does not hold; the message is a clause. */
  static final class Refused extends Exception {

    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }
}
