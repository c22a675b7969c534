package io.reactorstack.lab;

import io.reactorstack.lab.report.LogLine;
import io.reactorstack.lab.world.Life;
import io.reactorstack.lab.world.World;
import java.util.Arrays;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * A log handler that collects for each world the lines logged in it, as far as they pass through
 * {@code java.util.logging}, which SLF4J and Reactor can log to. One instance for the JVM, at the root logger; it
 * ignores lines of code outside all worlds.
 */
final class LogTap extends Handler {

  private static final LogTap TAP = new LogTap();

  private static final Logger ROOT = Logger.getLogger("");

  private final SimpleFormatter formatter = new SimpleFormatter();

  private LogTap() {}

  /** Installs the handler if it is missing; a new configuration of the loggers removes it. */
  static void ensure() {
    synchronized (TAP) {
      if (!Arrays.asList(ROOT.getHandlers()).contains(TAP)) {
        ROOT.addHandler(TAP);
      }
    }
  }

  @Override
  public void publish(LogRecord line) {
    if (World.current() instanceof LabWorld world) {
      Life life = world.lives().current();
      Throwable thrown = line.getThrown();
      String message = formatter.formatMessage(line);
      world.log().add(new LogLine(world.nanoTime(), line.getLevel().getName(), life == null ? null : life.toString(),
          String.valueOf(line.getLoggerName()), thrown == null ? message : message + ": " + thrown));
    }
  }

  @Override
  public void flush() {
    // Nothing is buffered.
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
