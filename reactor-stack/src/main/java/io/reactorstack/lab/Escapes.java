package io.reactorstack.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The escapes of a world, each line of code reported once. May be called by any thread. */
final class Escapes {

  private static final Logger LOGGER = Loggers.getLogger(Lab.class);

  /** Escapes that are kept; more from ever new lines are counted by nobody. */
  private static final int LIMIT = 100;

  private record Place(String sentence, List<StackTraceElement> source) {}

  private final Set<Place> places = new HashSet<>();
  private final List<Escape> seen = new ArrayList<>();

  /** Adds an escape unless the same line has been reported with the same sentence. */
  void add(String sentence, Duration at, StackTraceElement[] source, StackTraceElement[] waiting) {
    Escape escape = new Escape(sentence, Thread.currentThread().getName(), at, source, waiting);
    synchronized (this) {
      if (seen.size() == LIMIT || !places.add(new Place(sentence, escape.source()))) {
        return;
      }
      seen.add(escape);
    }
    Exception stack = new Exception("the thread outside was here");
    stack.setStackTrace(source);
    LOGGER.warn("lab: " + escape, stack);
  }

  synchronized List<Escape> seen() {
    return List.copyOf(seen);
  }
}
