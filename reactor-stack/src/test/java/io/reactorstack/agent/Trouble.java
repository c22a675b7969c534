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
 * What went wrong inside the stack of one session.
 *
 * <p>A stack never lets a defect of one part end another: it logs it and goes on. So the warnings that are logged on the
 * session's thread are what a driver must hear of.
 */
final class Trouble extends Handler {

  private static final int MOST = 20;

  private final Thread thread = Thread.currentThread();
  private final Logger root = Logger.getLogger("");
  private final List<String> reports = new ArrayList<>();

  private Trouble() {
    setLevel(Level.WARNING);
  }

  /** Watches the calling thread until it is closed. */
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
