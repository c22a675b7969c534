package io.reactorstack.lab.report;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The last lines that were logged in a world. Thread-safe. */
public final class LogLines {

  private static final int MOST = 100;

  private final Deque<LogLine> lines = new ArrayDeque<>();

  /** Adds a line; discards the oldest one if the limit is reached. */
  public synchronized void add(LogLine line) {
    if (lines.size() == MOST) {
      lines.remove();
    }
    lines.add(line);
  }

  /** The lines, the oldest first. */
  public synchronized List<LogLine> last() {
    return List.copyOf(lines);
  }
}
