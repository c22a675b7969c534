package io.reactorstack.lab.report;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The publisher that a world's test is waiting for, and the next event.
 *
 * @param publisher the operators of the awaited publisher, one line each; empty if none is awaited
 * @param line the line of the test that waits; empty if it is not known
 * @param waited the time for which it has been awaited
 * @param limit the maximum time to wait; {@code null} without a limit
 * @param threads threads with blocking code of the world, each with the line at which it waits
 * @param next the time at which the next timer is due, on the loop's clock; {@link Long#MAX_VALUE} if none is set
 * @param task a description of the task of that timer; empty if it is not known
 */
public record WaitReport(
    List<String> publisher,
    String line,
    Duration waited,
    @Nullable Duration limit,
    List<String> threads,
    long next,
    String task) {

  /** The snapshot if nothing is known. */
  public static final WaitReport NONE = new WaitReport(List.of(), "", Duration.ZERO, null, List.of(), Long.MAX_VALUE,
      "");
}
