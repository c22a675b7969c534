package io.reactorstack.dns.server;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.List;

/** The settings of a forwarder; the setters of {@link DnsForwarder} describe each. Immutable. */
record ForwarderSettings(
    List<Endpoint> servers,
    int port,
    List<IpAddress> listening,
    List<IpPrefix> clients,
    Duration queryTimeout,
    int retries,
    int maxQueries) {

  static final ForwarderSettings DEFAULTS = new ForwarderSettings(
      List.of(),
      53,
      List.of(),
      List.of(),
      // Less than the 2 s that a client usually waits (RFC 1035 section 4.2.1), so that the next server can answer it.
      Duration.ofSeconds(1),
      2, // RFC 9520 section 3.1: at most two retries of a server
      512);

  ForwarderSettings {
    servers = List.copyOf(servers);
    for (Endpoint server : servers) {
      Checks.range("port of the server " + server, server.port(), 1, 65535, "on which it answers (servers)");
    }
    Checks.range("port", port, 1, 65535, "on which to serve");
    listening = List.copyOf(listening);
    clients = List.copyOf(clients);
    Checks.range("queryTimeout", queryTimeout, Duration.ofMillis(1), Duration.ofHours(1));
    Checks.range("retries", retries, 0, 2, "times");
    Checks.range("maxQueries", maxQueries, 1, 1 << 16, "queries");
  }

  /** Returns the time to wait in round {@code round}, counted from 0, before the next server is queried. */
  Duration timeout(int round) {
    return queryTimeout.multipliedBy(1L << round);
  }

  /** Returns whether {@code address} is a client: one of the prefixes contains it, or there are none. */
  boolean serves(IpAddress address) {
    return clients.isEmpty() || clients.stream().anyMatch(prefix -> prefix.contains(address));
  }

  ForwarderSettings servers(List<Endpoint> value) {
    return new ForwarderSettings(value, port, listening, clients, queryTimeout, retries, maxQueries);
  }

  ForwarderSettings port(int value) {
    return new ForwarderSettings(servers, value, listening, clients, queryTimeout, retries, maxQueries);
  }

  ForwarderSettings listening(List<IpAddress> value) {
    return new ForwarderSettings(servers, port, value, clients, queryTimeout, retries, maxQueries);
  }

  ForwarderSettings clients(List<IpPrefix> value) {
    return new ForwarderSettings(servers, port, listening, value, queryTimeout, retries, maxQueries);
  }

  ForwarderSettings queryTimeout(Duration value) {
    return new ForwarderSettings(servers, port, listening, clients, value, retries, maxQueries);
  }

  ForwarderSettings retries(int value) {
    return new ForwarderSettings(servers, port, listening, clients, queryTimeout, value, maxQueries);
  }

  ForwarderSettings maxQueries(int value) {
    return new ForwarderSettings(servers, port, listening, clients, queryTimeout, retries, value);
  }
}
