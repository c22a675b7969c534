package io.reactorstack.dns;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/** The settings of a resolver; the setters of {@link DnsResolver} describe each. Immutable. */
record DnsSettings(
    List<Endpoint> servers,
    HostsTable hosts,
    SearchList search,
    Duration queryTimeout,
    int retries,
    int maxQueriesPerResolve,
    int maxQuestions,
    DnsCacheSettings cache) {

  static final DnsSettings DEFAULTS = new DnsSettings(
      List.of(),
      HostsTable.EMPTY,
      SearchList.NONE,
      Duration.ofSeconds(2), // RFC 1035 section 4.2.1: the minimum retransmission interval should be 2 to 5 s
      2, // RFC 9520 section 3.1: at most two retries of a server, hence three queries
      16,
      512,
      DnsCacheSettings.DEFAULTS);

  /** The upper limit of the query timeout, which doubles with each round (RFC 1123 section 6.1.3.3). */
  static final Duration MAX_QUERY_TIMEOUT = Duration.ofSeconds(30);

  DnsSettings {
    servers = List.copyOf(servers);
    for (Endpoint server : servers) {
      Checks.range("port of the server " + server, server.port(), 1, 65535, "on which it answers (servers)");
    }
    Checks.range("queryTimeout", queryTimeout, Duration.ofMillis(1), Duration.ofHours(1));
    Checks.range("retries", retries, 0, 2, "times");
    Checks.range("maxQueriesPerResolve", maxQueriesPerResolve, 1, 1000, "queries");
    Checks.range("maxQuestions", maxQuestions, 1, 1 << 16, "questions");
  }

  /** Returns the time to wait for an answer in round {@code round}, counted from 0. */
  Duration timeout(int round) {
    Duration doubled = queryTimeout.multipliedBy(1L << round);
    Duration cap = queryTimeout.compareTo(MAX_QUERY_TIMEOUT) > 0 ? queryTimeout : MAX_QUERY_TIMEOUT;
    return doubled.compareTo(cap) > 0 ? cap : doubled;
  }

  DnsSettings servers(List<Endpoint> value) {
    return new DnsSettings(value, hosts, search, queryTimeout, retries, maxQueriesPerResolve, maxQuestions, cache);
  }

  DnsSettings hosts(HostsTable value) {
    return new DnsSettings(servers, value, search, queryTimeout, retries, maxQueriesPerResolve, maxQuestions, cache);
  }

  DnsSettings search(SearchList value) {
    return new DnsSettings(servers, hosts, value, queryTimeout, retries, maxQueriesPerResolve, maxQuestions, cache);
  }

  DnsSettings queryTimeout(Duration value) {
    return new DnsSettings(servers, hosts, search, value, retries, maxQueriesPerResolve, maxQuestions, cache);
  }

  DnsSettings retries(int value) {
    return new DnsSettings(servers, hosts, search, queryTimeout, value, maxQueriesPerResolve, maxQuestions, cache);
  }

  DnsSettings maxQueriesPerResolve(int value) {
    return new DnsSettings(servers, hosts, search, queryTimeout, retries, value, maxQuestions, cache);
  }

  DnsSettings maxQuestions(int value) {
    return new DnsSettings(servers, hosts, search, queryTimeout, retries, maxQueriesPerResolve, value, cache);
  }

  DnsSettings cache(UnaryOperator<DnsCacheSettings> change) {
    return new DnsSettings(servers, hosts, search, queryTimeout, retries, maxQueriesPerResolve, maxQuestions,
        change.apply(cache));
  }
}
