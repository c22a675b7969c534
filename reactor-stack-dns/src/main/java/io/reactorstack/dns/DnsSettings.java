package io.reactorstack.dns;

import io.reactorstack.packet.Endpoint;
import java.time.Duration;
import java.util.List;

/**
 * What can be set on a resolver; the words of {@link DnsResolver} explain each. Immutable.
 */
record DnsSettings(
    List<Endpoint> servers,
    HostsTable hosts,
    SearchList search,
    Duration queryTimeout,
    int retries,
    int maxQueriesPerResolve,
    int maxQuestions,
    int cacheSize,
    Duration cacheMaxTtl,
    Duration cacheMaxNegativeTtl,
    Duration cacheFailureTtl) {

  static final DnsSettings DEFAULTS = new DnsSettings(
      List.of(),
      HostsTable.EMPTY,
      SearchList.NONE,
      Duration.ofSeconds(2), // RFC 1035 section 4.2.1: the interval is at least 2 to 5 s
      2, // RFC 9520 section 3.1: a server is asked three times at most
      16,
      512,
      10_000,
      Duration.ofDays(7), // RFC 8767 section 4
      Duration.ofHours(3), // RFC 2308 section 5
      Duration.ofSeconds(5)); // RFC 9520 section 3.2

  /** Doubles with each round (RFC 1123 section 6.1.3.3), up to this. */
  static final Duration MAX_QUERY_TIMEOUT = Duration.ofSeconds(30);

  DnsSettings {
    servers = List.copyOf(servers);
    positive("queryTimeout", queryTimeout);
    within("retries", retries, 0, 2);
    within("maxQueriesPerResolve", maxQueriesPerResolve, 1, 1000);
    within("maxQuestions", maxQuestions, 1, 1 << 16);
    within("cacheSize", cacheSize, 0, Integer.MAX_VALUE);
    notNegative("cacheMaxTtl", cacheMaxTtl);
    notNegative("cacheMaxNegativeTtl", cacheMaxNegativeTtl);
    // RFC 9520 section 3.2: a failure is remembered for a second at least and five minutes at most.
    if (cacheFailureTtl.compareTo(Duration.ofSeconds(1)) < 0 || cacheFailureTtl.compareTo(Duration.ofMinutes(5)) > 0) {
      throw new IllegalArgumentException("cacheFailureTtl is 1 s to 5 min, not " + cacheFailureTtl);
    }
  }

  /** How long to wait for an answer in round {@code round}, from 0. */
  Duration timeout(int round) {
    Duration doubled = queryTimeout.multipliedBy(1L << round);
    Duration cap = queryTimeout.compareTo(MAX_QUERY_TIMEOUT) > 0 ? queryTimeout : MAX_QUERY_TIMEOUT;
    return doubled.compareTo(cap) > 0 ? cap : doubled;
  }

  DnsSettings servers(List<Endpoint> value) {
    return new DnsSettings(value, hosts, search, queryTimeout, retries, maxQueriesPerResolve, maxQuestions, cacheSize,
        cacheMaxTtl, cacheMaxNegativeTtl, cacheFailureTtl);
  }

  DnsSettings hosts(HostsTable value) {
    return new DnsSettings(servers, value, search, queryTimeout, retries, maxQueriesPerResolve, maxQuestions, cacheSize,
        cacheMaxTtl, cacheMaxNegativeTtl, cacheFailureTtl);
  }

  DnsSettings search(SearchList value) {
    return new DnsSettings(servers, hosts, value, queryTimeout, retries, maxQueriesPerResolve, maxQuestions, cacheSize,
        cacheMaxTtl, cacheMaxNegativeTtl, cacheFailureTtl);
  }

  DnsSettings queryTimeout(Duration value) {
    return new DnsSettings(servers, hosts, search, value, retries, maxQueriesPerResolve, maxQuestions, cacheSize,
        cacheMaxTtl, cacheMaxNegativeTtl, cacheFailureTtl);
  }

  DnsSettings retries(int value) {
    return new DnsSettings(servers, hosts, search, queryTimeout, value, maxQueriesPerResolve, maxQuestions, cacheSize,
        cacheMaxTtl, cacheMaxNegativeTtl, cacheFailureTtl);
  }

  DnsSettings maxQueriesPerResolve(int value) {
    return new DnsSettings(servers, hosts, search, queryTimeout, retries, value, maxQuestions, cacheSize, cacheMaxTtl,
        cacheMaxNegativeTtl, cacheFailureTtl);
  }

  DnsSettings maxQuestions(int value) {
    return new DnsSettings(servers, hosts, search, queryTimeout, retries, maxQueriesPerResolve, value, cacheSize,
        cacheMaxTtl, cacheMaxNegativeTtl, cacheFailureTtl);
  }

  DnsSettings cacheSize(int value) {
    return new DnsSettings(servers, hosts, search, queryTimeout, retries, maxQueriesPerResolve, maxQuestions, value,
        cacheMaxTtl, cacheMaxNegativeTtl, cacheFailureTtl);
  }

  DnsSettings cacheMaxTtl(Duration value) {
    return new DnsSettings(servers, hosts, search, queryTimeout, retries, maxQueriesPerResolve, maxQuestions, cacheSize,
        value, cacheMaxNegativeTtl, cacheFailureTtl);
  }

  DnsSettings cacheMaxNegativeTtl(Duration value) {
    return new DnsSettings(servers, hosts, search, queryTimeout, retries, maxQueriesPerResolve, maxQuestions, cacheSize,
        cacheMaxTtl, value, cacheFailureTtl);
  }

  DnsSettings cacheFailureTtl(Duration value) {
    return new DnsSettings(servers, hosts, search, queryTimeout, retries, maxQueriesPerResolve, maxQuestions, cacheSize,
        cacheMaxTtl, cacheMaxNegativeTtl, value);
  }

  private static void within(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(what + " is " + least + " to " + most + ", not " + value);
    }
  }

  private static void positive(String what, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException(what + " is more than zero, not " + value);
    }
  }

  private static void notNegative(String what, Duration value) {
    if (value.isNegative()) {
      throw new IllegalArgumentException(what + " is not negative, but " + value);
    }
  }
}
