package io.reactorstack.dns;

import io.reactorstack.dns.resolve.WorkLimits;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a resolver's queries; the setters of {@link DnsResolver} describe each. Immutable.
 *
 * @param maxQueries the limit for one question, or {@code null} for the default of the mode
 */
record QuerySettings(
    Duration timeout, int retries, @Nullable Integer maxQueries, int maxQuestions, boolean minimises, boolean renews) {

  static final QuerySettings DEFAULTS = new QuerySettings(
      Duration.ofSeconds(2), // RFC 1035 section 4.2.1: the minimum retransmission interval should be 2 to 5 s
      2, // RFC 9520 section 3.1: at most two retries of a server, hence three queries
      null,
      512,
      true,
      true);

  /** The upper limit of the timeout, which doubles with each round (RFC 1123 section 6.1.3.3). */
  private static final Duration MAX_TIMEOUT = Duration.ofSeconds(30);

  private static final int STUB_QUERIES = 16;

  /** Enough for several zones whose servers' addresses must be looked for, and little for an attacker. */
  private static final int ITERATIVE_QUERIES = 100;
  private static final int SERVER_NAMES = 20;

  QuerySettings {
    Checks.range("queryTimeout", timeout, Duration.ofMillis(1), Duration.ofHours(1));
    Checks.range("retries", retries, 0, 2, "times");
    if (maxQueries != null) {
      Checks.range("maxQueriesPerResolve", maxQueries, 1, 1000, "queries");
    }
    Checks.range("maxQuestions", maxQuestions, 1, 1 << 16, "questions");
  }

  /** Returns the time to wait for an answer in round {@code round}, counted from 0. */
  Duration timeout(int round) {
    Duration doubled = timeout.multipliedBy(1L << round);
    Duration cap = timeout.compareTo(MAX_TIMEOUT) > 0 ? timeout : MAX_TIMEOUT;
    return doubled.compareTo(cap) > 0 ? cap : doubled;
  }

  WorkLimits limits(boolean isIterative) {
    int byDefault = isIterative ? ITERATIVE_QUERIES : STUB_QUERIES;
    return new WorkLimits(maxQueries == null ? byDefault : maxQueries, maxQuestions, SERVER_NAMES, renews);
  }

  QuerySettings timeout(Duration value) {
    return new QuerySettings(value, retries, maxQueries, maxQuestions, minimises, renews);
  }

  QuerySettings retries(int value) {
    return new QuerySettings(timeout, value, maxQueries, maxQuestions, minimises, renews);
  }

  QuerySettings maxQueries(int value) {
    return new QuerySettings(timeout, retries, value, maxQuestions, minimises, renews);
  }

  QuerySettings maxQuestions(int value) {
    return new QuerySettings(timeout, retries, maxQueries, value, minimises, renews);
  }

  QuerySettings minimises(boolean value) {
    return new QuerySettings(timeout, retries, maxQueries, maxQuestions, value, renews);
  }

  QuerySettings renews(boolean value) {
    return new QuerySettings(timeout, retries, maxQueries, maxQuestions, minimises, value);
  }
}
