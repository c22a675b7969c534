package io.reactorstack.lab;

import java.time.Duration;
import java.util.List;

/**
 * Something that reached a world in virtual time from outside, so that the seed alone does not decide the run: a signal that
 * another thread produced, most often. See {@link Lab#escapes()}.
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

  /** A sentence on what happened, and on the remedy. */
  public String sentence() {
    return sentence;
  }

  /** The name of the thread outside. */
  public String thread() {
    return thread;
  }

  /** Virtual time since the world began. */
  public Duration at() {
    return at;
  }

  /** The stack of the thread outside. */
  public List<StackTraceElement> source() {
    return source;
  }

  /** The stack of the code that waited for the world, or in it, when this happened. */
  public List<StackTraceElement> waiting() {
    return waiting;
  }

  /** One line: the sentence, the thread and the time, without the stacks. */
  @Override
  public String toString() {
    return sentence + " (thread " + thread + ", at " + at + ")";
  }
}
