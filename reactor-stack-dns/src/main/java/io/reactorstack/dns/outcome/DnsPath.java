package io.reactorstack.dns.outcome;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The queries that were sent to resolve a name, in the order in which their results became known; empty if the answer was
 * known already.
 *
 * @param steps the queries, at most as many as a resolution may send
 * @param elapsed the time from the start of the resolution to its end
 */
public record DnsPath(List<DnsStep> steps, Duration elapsed) {

  /** The path of an answer that needed no query. */
  public static final DnsPath NONE = new DnsPath(List.of(), Duration.ZERO);

  /** Copies the list of steps. */
  public DnsPath {
    steps = List.copyOf(steps);
  }

  /** Returns the path as text, one line for each query. */
  @Override
  public String toString() {
    return steps.stream().map(DnsStep::toString).collect(Collectors.joining("\n"));
  }
}
