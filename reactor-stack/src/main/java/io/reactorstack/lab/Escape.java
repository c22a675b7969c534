package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.List;

/**
 * Something that reached a world in virtual time from outside, so that the seed alone does not decide the run: a signal that
 * another thread produced, most often.
 *
 * @param sentence what happened, and what to do about it
 * @param thread name of the thread outside
 * @param at virtual time since the world began
 * @param source stack of the thread outside
 * @param waiting stack of the code in the world that it reached; empty if there is none
 */
public record Escape(
    String sentence, String thread, Duration at, List<StackTraceElement> source, List<StackTraceElement> waiting) {

  /** Checks that nothing is missing, and copies the stacks. */
  public Escape {
    Checks.text("sentence", sentence);
    Checks.given("thread", thread);
    Checks.given("at", at);
    source = List.copyOf(source);
    waiting = List.copyOf(waiting);
  }

  /** One line: the sentence, the thread and the time; the stacks are left out. */
  @Override
  public String toString() {
    return sentence + " (thread " + thread + ", at " + at + ")";
  }
}
