package io.reactorstack.dns;

import io.reactorstack.dns.cache.CacheSettings;
import io.reactorstack.dns.configuration.HostsTable;
import io.reactorstack.dns.configuration.SearchList;
import io.reactorstack.dns.exchange.ExchangeSettings;
import io.reactorstack.dns.resolve.RootHints;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.setting.Checks;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a resolver; the setters of {@link DnsResolver} describe each. Immutable.
 *
 * @param hints the servers of the root, or {@code null} for a stub resolver
 * @param hosts names that need no query, or {@code null} for those of the host
 */
record DnsSettings(
    List<Endpoint> servers,
    @Nullable RootHints hints,
    @Nullable HostsTable hosts,
    SearchList search,
    QuerySettings queries,
    CacheSettings cache,
    ExchangeSettings exchange) {

  static final DnsSettings DEFAULTS = new DnsSettings(List.of(), null, null, SearchList.NONE,
      QuerySettings.DEFAULTS, CacheSettings.DEFAULTS, ExchangeSettings.DEFAULTS);

  DnsSettings {
    servers = List.copyOf(servers);
    for (Endpoint server : servers) {
      Checks.range("port of the server " + server, server.port(), 1, 65535, "on which it answers (servers)");
    }
  }

  DnsSettings servers(List<Endpoint> value) {
    return new DnsSettings(value, null, hosts, search, queries, cache, exchange);
  }

  DnsSettings hints(RootHints value) {
    return new DnsSettings(List.of(), value, hosts, search, queries, cache, exchange);
  }

  DnsSettings hosts(HostsTable value) {
    return new DnsSettings(servers, hints, value, search, queries, cache, exchange);
  }

  DnsSettings search(SearchList value) {
    return new DnsSettings(servers, hints, hosts, value, queries, cache, exchange);
  }

  DnsSettings queries(UnaryOperator<QuerySettings> change) {
    return new DnsSettings(servers, hints, hosts, search, change.apply(queries), cache, exchange);
  }

  DnsSettings cache(UnaryOperator<CacheSettings> change) {
    return new DnsSettings(servers, hints, hosts, search, queries, change.apply(cache), exchange);
  }

  DnsSettings exchange(UnaryOperator<ExchangeSettings> change) {
    return new DnsSettings(servers, hints, hosts, search, queries, cache, change.apply(exchange));
  }
}
