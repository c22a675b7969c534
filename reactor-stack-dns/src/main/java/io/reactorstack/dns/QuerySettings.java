package io.reactorstack.dns;

import io.reactorstack.dns.configuration.ResolverOptions;
import io.reactorstack.dns.resolve.WorkLimits;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a resolver's queries; the setters of {@link DnsResolver} describe each. Immutable.
 *
 * <p>What is {@code null} follows the host's own configuration, or is a default.
 */
record QuerySettings(
    @Nullable Duration timeout,
    @Nullable Integer retries,
    @Nullable Boolean rotates,
    @Nullable Integer maxQueries,
    int maxQuestions,
    boolean minimises,
    boolean renews) {

  static final QuerySettings DEFAULTS = new QuerySettings(null, null, null, null, 512, true, true);

  /** RFC 1035 section 4.2.1: the minimum retransmission interval should be 2 to 5 s. */
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);

  /** RFC 9520 section 3.1: at most two retries of a server, hence three queries. */
  private static final int MOST_RETRIES = 2;

  /** The upper limit of the timeout, which doubles with each round (RFC 1123 section 6.1.3.3). */
  private static final Duration MAX_TIMEOUT = Duration.ofSeconds(30);

  private static final int STUB_QUERIES = 16;

  /** Enough for several zones whose servers' addresses must be looked for, and little for an attacker. */
  private static final int ITERATIVE_QUERIES = 100;
  private static final int SERVER_NAMES = 20;

  QuerySettings {
    if (timeout != null) {
      Checks.range("queryTimeout", timeout, Duration.ofMillis(1), Duration.ofHours(1));
    }
    if (retries != null) {
      Checks.range("retries", retries, 0, MOST_RETRIES, "times");
    }
    if (maxQueries != null) {
      Checks.range("maxQueriesPerResolve", maxQueries, 1, 1000, "queries");
    }
    Checks.range("maxQuestions", maxQuestions, 1, 1 << 16, "questions");
  }

  /**
   * Returns the time to wait for an answer in round {@code round}, counted from 0.
   *
   * @param options the options of the host, or {@code null}
   */
  Duration timeout(int round, @Nullable ResolverOptions options) {
    Duration first = timeout;
    if (first == null) {
      // The default of resolv.conf is longer than needed, and says nothing about the wish of the administrator.
      first = options == null || options.timeout().equals(ResolverOptions.DEFAULT.timeout())
          ? DEFAULT_TIMEOUT
          : options.timeout();
    }
    Duration doubled = first.multipliedBy(1L << round);
    Duration cap = first.compareTo(MAX_TIMEOUT) > 0 ? first : MAX_TIMEOUT;
    return doubled.compareTo(cap) > 0 ? cap : doubled;
  }

  /** Returns the number of further rounds through the servers. */
  int retries(@Nullable ResolverOptions options) {
    if (retries != null) {
      return retries;
    }
    return options == null || options.attempts() == ResolverOptions.DEFAULT.attempts()
        ? MOST_RETRIES
        : Math.min(MOST_RETRIES, options.attempts() - 1);
  }

  /** Returns whether each question begins with another server. */
  boolean rotates(@Nullable ResolverOptions options) {
    return rotates != null ? rotates : options != null && options.rotate();
  }

  WorkLimits limits(boolean isIterative) {
    int byDefault = isIterative ? ITERATIVE_QUERIES : STUB_QUERIES;
    return new WorkLimits(maxQueries == null ? byDefault : maxQueries, maxQuestions, SERVER_NAMES, renews);
  }

  QuerySettings timeout(Duration value) {
    return new QuerySettings(value, retries, rotates, maxQueries, maxQuestions, minimises, renews);
  }

  QuerySettings retries(int value) {
    return new QuerySettings(timeout, value, rotates, maxQueries, maxQuestions, minimises, renews);
  }

  QuerySettings rotates(boolean value) {
    return new QuerySettings(timeout, retries, value, maxQueries, maxQuestions, minimises, renews);
  }

  QuerySettings maxQueries(int value) {
    return new QuerySettings(timeout, retries, rotates, value, maxQuestions, minimises, renews);
  }

  QuerySettings maxQuestions(int value) {
    return new QuerySettings(timeout, retries, rotates, maxQueries, value, minimises, renews);
  }

  QuerySettings minimises(boolean value) {
    return new QuerySettings(timeout, retries, rotates, maxQueries, maxQuestions, value, renews);
  }

  QuerySettings renews(boolean value) {
    return new QuerySettings(timeout, retries, rotates, maxQueries, maxQuestions, minimises, value);
  }
}
