package io.reactorstack.lab.report;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.Scannable;

/**
 * The operators of an awaited publisher, by Reactor's names and in the order of assembly. Publishers to which an
 * operator has subscribed in addition to its source are listed below it.
 */
public final class PublisherChain {

  private static final int MAX_LINES = 12;
  private static final int MAX_STEPS = 40;
  private static final int DEEPEST = 4;

  /** Operators that Reactor adds by itself. */
  private static final Set<String> INTERNAL = Set.of("hide", "serialized", "contextWrite");

  /** Operators whose inner publishers are internal. */
  private static final Set<String> OPAQUE = Set.of("retryWhen", "repeatWhen");

  private final List<String> lines = new ArrayList<>();

  private PublisherChain() {}

  /** Returns the lines for the chain that ends in {@code last}, a subscription; empty if nothing is known about it. */
  public static List<String> of(@Nullable Object last) {
    PublisherChain chain = new PublisherChain();
    if (last != null) {
      chain.add(last, 0, 1);
    }
    return List.copyOf(chain.lines);
  }

  private void add(Object last, int depth, int times) {
    if (lines.size() == MAX_LINES) {
      return;
    }
    Deque<String> names = new ArrayDeque<>();
    Deque<Scannable> operators = new ArrayDeque<>();
    climb(last, names, operators);
    lines.add("  ".repeat(depth) + (times > 1 ? times + " × " : "") + String.join(" ⇢ ", names));
    if (depth < DEEPEST) {
      operators.forEach(operator -> addInner(operator, depth + 1));
    }
  }

  /** Walks from the last operator to the source. */
  private static void climb(Object last, Deque<String> names, Deque<Scannable> operators) {
    Object at = last;
    for (int step = 0; at != null && step < MAX_STEPS; step++) {
      Scannable operator = Scannable.from(at);
      String name = name(at, operator);
      if (!name.equals(names.peekFirst()) && !INTERNAL.contains(name)) {
        names.addFirst(name);
      }
      if (operator.isScanAvailable() && !OPAQUE.contains(name)) {
        operators.addFirst(operator);
      }
      at = operator.isScanAvailable() ? operator.scanUnsafe(Scannable.Attr.PARENT) : null;
    }
  }

  private static String name(Object at, Scannable operator) {
    if (!operator.isScanAvailable()) {
      String type = at.getClass().getName();
      return type.substring(type.lastIndexOf('.') + 1).replace('$', '.');
    }
    String name = operator.stepName();
    return name.equals("emptySubscription") ? "never()" : name;
  }

  /**
   * Adds the publishers to which {@code operator} has subscribed in addition to its source; equal chains are merged
   * into one line.
   */
  private void addInner(Scannable operator, int depth) {
    Map<String, Scannable> inner = new LinkedHashMap<>();
    Map<String, Integer> count = new LinkedHashMap<>();
    operator.inners().forEach(each -> {
      if (each != null && each.isScanAvailable()) {
        Deque<String> names = new ArrayDeque<>();
        climb(each, names, new ArrayDeque<>());
        String key = String.join(" ", names);
        inner.putIfAbsent(key, each);
        count.merge(key, 1, Integer::sum);
      }
    });
    inner.forEach((key, each) -> add(each, depth, count.getOrDefault(key, 1)));
  }
}
