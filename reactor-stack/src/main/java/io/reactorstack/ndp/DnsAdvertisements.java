package io.reactorstack.ndp;

import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.NdpOption.DnsSearchList;
import io.reactorstack.wire.NdpOption.RecursiveDnsServers;
import java.util.List;

/** The DNS servers and search domains that the routers of one link have advertised (RFC 8106). */
final class DnsAdvertisements {

  /** The maximum number of servers, and of domains. RFC 8106 5.3.1 asks for at least three. */
  static final int MOST = 8;

  private final LifetimeTable<Ipv6Address, Boolean> servers = new LifetimeTable<>(MOST);
  private final LifetimeTable<String, Boolean> domains = new LifetimeTable<>(MOST);

  void onServers(long now, RecursiveDnsServers option) {
    for (Ipv6Address server : option.servers()) {
      if (!server.isMulticast() && !server.isUnspecified() && !server.isLoopback()) {
        put(servers, server, now, option.lifetime());
      }
    }
  }

  void onDomains(long now, DnsSearchList option) {
    for (String domain : option.domains()) {
      put(domains, domain, now, option.lifetime());
    }
  }

  private static <K> void put(LifetimeTable<K, Boolean> table, K key, long now, long lifetime) {
    if (lifetime == 0) {
      // RFC 8106 5.1, 5.2: it must no longer be used.
      table.remove(key);
      return;
    }
    K shortest = table.shortest();
    if (!table.contains(key) && table.isFull() && shortest != null) {
      // RFC 8106 6.2: the entry that would end first makes room.
      table.remove(shortest);
    }
    table.put(key, true, LifetimeTable.end(now, lifetime));
  }

  void expire(long now) {
    servers.expire(now);
    domains.expire(now);
  }

  /** The time at which the next entry ends. */
  long next() {
    return Math.min(servers.next(), domains.next());
  }

  void clear() {
    servers.clear();
    domains.clear();
  }

  List<Ipv6Address> servers() {
    return servers.keys();
  }

  List<String> domains() {
    return domains.keys();
  }
}
