package io.reactorstack.agent;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Collects the faults inside the stack of one session.
 *
 * <p>A stack contains a defect of one part by logging it and continuing. So the warnings logged on the session's thread
 * are the faults to report to the driver.
 */
final class Trouble extends Handler {

  private static final int MOST = 20;

  private final Thread thread = Thread.currentThread();
  private final Logger root = Logger.getLogger("");
  private final List<String> reports = new ArrayList<>();

  private Trouble() {
    setLevel(Level.WARNING);
  }

  /** Starts collecting the warnings of the calling thread, until it is closed. */
  static Trouble watch() {
    Trouble trouble = new Trouble();
    trouble.root.addHandler(trouble);
    return trouble;
  }

  @Override
  public void publish(LogRecord record) {
    if (isLoggable(record) && Thread.currentThread() == thread) {
      Throwable thrown = record.getThrown();
      add(record.getLoggerName() + ": " + record.getMessage() + (thrown == null ? "" : "\n" + stackTrace(thrown)));
    }
  }

  void add(String report) {
    if (reports.size() < MOST) {
      reports.add(report);
    }
  }

  void add(Throwable thrown) {
    add(stackTrace(thrown));
  }

  boolean isEmpty() { return reports.isEmpty(); }

  @Override
  public String toString() {
    return String.join("\n", reports);
  }

  private static String stackTrace(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    root.removeHandler(this);
  }
}
