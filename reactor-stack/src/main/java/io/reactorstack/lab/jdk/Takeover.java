package io.reactorstack.lab.jdk;

import java.util.concurrent.atomic.AtomicBoolean;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The result of taking over one part of the JDK for worlds, or the reason why this JVM does not permit it. The attempt
 * is made once, when the part is first needed; a failure disables only that part and affects neither the others nor the
 * lab.
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
   * Runs {@code attempt}, which takes the part over and tests it.
   *
   * @param lost the name of the part, as the object of "the lab does not take over"
   * @param remedy a sentence on the consequences and on how to make the takeover possible
   */
  static Takeover attempt(String lost, String remedy, Attempt attempt) {
    try {
      attempt.run();
      return new Takeover("");
    } catch (Throwable e) {
      // Includes linkage errors: another JDK may lack any of the members used.
      return new Takeover("The lab does not take over " + lost + " (" + reason(e) + "). " + remedy);
    }
  }

  /** Returns the first of {@code parts} that was refused, or the last if none was: they are only useful together. */
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

  /** Returns whether the takeover has succeeded. */
  public boolean stands() {
    return refusal.isEmpty();
  }

  /** A sentence that names the part, the reason and the remedy; empty if the takeover has succeeded. */
  public String refusal() {
    return refusal;
  }

  /** Logs the refusal, once in this JVM. */
  public void warnOnce() {
    if (silent.compareAndSet(false, true)) {
      log.warn(refusal);
    }
  }

  /** The name by which JVM flags grant access to this code. */
  static String self() {
    Module own = Takeover.class.getModule();
    return own.isNamed() ? own.getName() : "ALL-UNNAMED";
  }

  /** An attempt to take over and test a part. */
  interface Attempt {

    void run() throws Throwable;
  }

  /** The takeover failed its self-test or lacks a precondition; the message is a clause. */
  static final class Refused extends Exception {

    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }
}
