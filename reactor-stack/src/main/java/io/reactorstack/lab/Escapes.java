package io.reactorstack.lab;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The escapes of a world; each line of code is reported once. May be called by any thread. */
final class Escapes {

  private static final Logger LOGGER = Loggers.getLogger(Lab.class);

  /** Number of escapes that are kept; those from further lines of code are ignored. */
  private static final int LIMIT = 100;

  /** Number of outermost stack frames that identify the origin if the stack contains no code of the user. */
  private static final int BOTTOM = 4;

  private static final List<String> LIBRARIES = List.of("java.", "jdk.", "reactor.", "io.netty.",
      Outcome.class.getName());

  /**
   * The origin of an escape, which identifies it.
   *
   * @param sentence the sentence of the escape
   * @param origin the innermost frame of the user's code, or the outermost frames if there is none
   */
  private record Place(String sentence, List<StackTraceElement> origin) {}

  private final Supplier<Duration> now;
  private final Map<Place, Escape> seen = new LinkedHashMap<>();
  private volatile @Nullable Escape fresh;

  Escapes(Supplier<Duration> now) {
    this.now = now;
  }

  /**
   * Adds an escape from the thread named {@code thread}, unless the same sentence has been reported for the same line
   * of code.
   */
  void add(String sentence, String thread, StackTraceElement[] source, Supplier<StackTraceElement[]> waiting) {
    Place place = new Place(sentence, origin(List.of(source)));
    Escape escape;
    synchronized (this) {
      Escape known = seen.get(place);
      if (known != null || seen.size() == LIMIT) {
        fresh = known != null ? known : fresh;
        return;
      }
      escape = new Escape(sentence, thread, now.get(), source, waiting.get());
      seen.put(place, escape);
      fresh = escape;
    }
    LOGGER.warn("lab: " + escape, EscapeException.stack(escape));
  }

  private static List<StackTraceElement> origin(List<StackTraceElement> stack) {
    return stack.stream().filter(frame -> LIBRARIES.stream().noneMatch(frame.getClassName()::startsWith)).findFirst()
        .map(List::of).orElseGet(() -> stack.subList(Math.max(0, stack.size() - BOTTOM), stack.size()));
  }

  /** Returns the latest escape since the last call; {@code null} if there was none. */
  @Nullable
  Escape takeFresh() {
    Escape taken = fresh;
    if (taken != null) {
      fresh = null;
    }
    return taken;
  }

  synchronized List<Escape> seen() {
    return List.copyOf(seen.values());
  }
}
