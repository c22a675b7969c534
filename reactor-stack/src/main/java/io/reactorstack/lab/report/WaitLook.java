package io.reactorstack.lab.report;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The awaited publisher of a world, and its next event.
 *
 * @param publisher the operators of the publisher that is awaited, by line; empty if none is
 * @param line the line of the test that waits; empty if it is not known
 * @param waited time for which it has been awaited
 * @param limit time for which it is awaited at most; {@code null} without a limit
 * @param threads threads with blocking code of the world, each with the line at which it waits
 * @param next when the next timer is due, on the loop's clock; {@link Long#MAX_VALUE} if none is set
 * @param task what that timer runs, as far as it can be known; else empty
 */
public record WaitLook(
    List<String> publisher,
    String line,
    Duration waited,
    @Nullable Duration limit,
    List<String> threads,
    long next,
    String task) {

  /** Nothing is known. */
  public static final WaitLook NONE = new WaitLook(List.of(), "", Duration.ZERO, null, List.of(), Long.MAX_VALUE, "");
}
