package io.reactorstack.dns.server;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.setting.Checks;
import java.util.List;
import java.util.stream.Stream;

/** The settings of a recursive server; the setters of {@link RecursiveServer} describe each. Immutable. */
record RecursiveSettings(int port, List<IpAddress> listening, List<IpPrefix> clients, int maxQueries) {

  /** The addresses that only a host of the own network can have (RFC 1918, RFC 4193, RFC 3927, RFC 4291). */
  private static final List<IpPrefix> OWN_NETWORK = Stream.of("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12",
      "192.168.0.0/16", "169.254.0.0/16", "::1/128", "fc00::/7", "fe80::/10").map(IpPrefix::parse).toList();

  static final RecursiveSettings DEFAULTS = new RecursiveSettings(53, List.of(), OWN_NETWORK, 1024);

  RecursiveSettings {
    Checks.range("port", port, 1, 65535, "on which to serve");
    listening = List.copyOf(listening);
    clients = List.copyOf(clients);
    Checks.range("maxQueries", maxQueries, 1, 1 << 16, "queries");
  }

  /** Returns whether {@code address} is a client. */
  boolean serves(IpAddress address) {
    return clients.stream().anyMatch(prefix -> prefix.contains(address));
  }

  RecursiveSettings port(int value) {
    return new RecursiveSettings(value, listening, clients, maxQueries);
  }

  RecursiveSettings listening(List<IpAddress> value) {
    return new RecursiveSettings(port, value, clients, maxQueries);
  }

  RecursiveSettings clients(List<IpPrefix> value) {
    return new RecursiveSettings(port, listening, value, maxQueries);
  }

  RecursiveSettings maxQueries(int value) {
    return new RecursiveSettings(port, listening, clients, value);
  }
}
