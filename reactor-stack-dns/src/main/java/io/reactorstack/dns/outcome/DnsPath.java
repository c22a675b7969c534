package io.reactorstack.dns.outcome;

import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The queries that were sent to resolve a name, in the order in which their results became known; empty if the answer was
 * known already. Immutable; its steps are described when somebody first reads them.
 */
public final class DnsPath {

  /** The path of an answer that needed no query. */
  public static final DnsPath NONE = new DnsPath(List.of(), Duration.ZERO);

  private final Supplier<List<DnsStep>> description;
  private final Duration elapsed;
  private volatile @Nullable List<DnsStep> steps;

  /**
   * Creates a path.
   *
   * @param steps the queries, at most as many as a resolution may send
   * @param elapsed the time from the start of the resolution to its end, not negative
   */
  public DnsPath(List<DnsStep> steps, Duration elapsed) {
    this(() -> steps, elapsed);
    this.steps = List.copyOf(steps);
  }

  private DnsPath(Supplier<List<DnsStep>> description, Duration elapsed) {
    this.description = description;
    this.elapsed = Checks.zeroOrMore("elapsed", elapsed);
  }

  /**
   * Returns a path whose steps {@code description} returns, at the first use and on the thread of the user. If two threads
   * are the first ones at once, it is called twice.
   *
   * @param elapsed the time from the start of the resolution to its end, not negative
   */
  public static DnsPath described(Supplier<List<DnsStep>> description, Duration elapsed) {
    return new DnsPath(Checks.given("description", description), elapsed);
  }

  /** The queries. */
  public List<DnsStep> steps() {
    List<DnsStep> known = steps;
    if (known == null) {
      known = List.copyOf(description.get());
      steps = known;
    }
    return known;
  }

  /** The time from the start of the resolution to its end. */
  public Duration elapsed() {
    return elapsed;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof DnsPath path && elapsed.equals(path.elapsed) && steps().equals(path.steps());
  }

  @Override
  public int hashCode() {
    return 31 * steps().hashCode() + elapsed.hashCode();
  }

  /** Returns the path as text, one line for each query. */
  @Override
  public String toString() {
    return steps().stream().map(DnsStep::toString).collect(Collectors.joining("\n"));
  }
}
