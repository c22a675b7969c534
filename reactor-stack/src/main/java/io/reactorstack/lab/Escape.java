package io.reactorstack.lab;

import java.time.Duration;
import java.util.List;

/**
 * An event that reached a world in virtual time from outside, mostly a signal that another thread produced. The seed
 * alone no longer determines such a run. See {@link Lab#escapes()}.
 */
public final class Escape {

  private final String sentence;
  private final String thread;
  private final Duration at;
  private final List<StackTraceElement> source;
  private final List<StackTraceElement> waiting;

  Escape(String sentence, String thread, Duration at, StackTraceElement[] source, StackTraceElement[] waiting) {
    this.sentence = sentence;
    this.thread = thread;
    this.at = at;
    this.source = List.of(source);
    this.waiting = List.of(waiting);
  }

  /** A sentence that says what happened and how to avoid it. */
  public String sentence() {
    return sentence;
  }

  /** The name of the thread outside the world. */
  public String thread() {
    return thread;
  }

  /** Virtual time since the world began. */
  public Duration at() {
    return at;
  }

  /** The stack of the thread outside the world. */
  public List<StackTraceElement> source() {
    return source;
  }

  /** The stack, at that moment, of the code that waited for the world or in it. */
  public List<StackTraceElement> waiting() {
    return waiting;
  }

  /** Returns one line: the sentence, the thread and the time, without the stacks. */
  @Override
  public String toString() {
    return sentence + " (thread " + thread + ", at " + at + ")";
  }
}
