package io.reactorstack.host;

import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.event.Ipv6Status;
import io.reactorstack.name.DnsConfiguration;
import io.reactorstack.packet.IpAddress;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The DNS servers and search domains that the interfaces of a host have learnt, as one list. Confined to the loop, except
 * {@link #now}.
 */
final class LearnedDns {

  private final Map<String, DhcpLease> leases = new LinkedHashMap<>();
  private final Map<String, Ipv6Status> routers = new LinkedHashMap<>();
  private volatile DnsConfiguration now = DnsConfiguration.NONE;

  /** The current configuration; may be called from any thread. */
  DnsConfiguration now() {
    return now;
  }

  /** Takes what the event of an interface says. */
  void onEvent(InterfaceEvent event) {
    String name = event.interfaceName();
    switch (event) {
      case InterfaceEvent.DhcpChanged changed -> {
        DhcpLease lease = changed.status().lease();
        if (lease == null) {
          leases.remove(name);
        } else {
          leases.put(name, lease);
        }
      }
      case InterfaceEvent.Ipv6Changed changed -> routers.put(name, changed.status());
      case InterfaceEvent.Failed failed -> {
        leases.remove(name);
        routers.remove(name);
      }
      default -> {
        return;
      }
    }
    now = merged();
  }

  /** RFC 8106 5.3.1: what DHCP gives comes before what routers advertise. */
  private DnsConfiguration merged() {
    Set<IpAddress> servers = new LinkedHashSet<>();
    Set<String> domains = new LinkedHashSet<>();
    for (DhcpLease lease : leases.values()) {
      servers.addAll(lease.dnsServers());
      String domain = lease.domainName();
      // RFC 3397: the search list, if there is one, is used in place of the domain.
      domains.addAll(!lease.domainSearch().isEmpty() || domain == null ? lease.domainSearch() : List.of(domain));
    }
    for (Ipv6Status status : routers.values()) {
      servers.addAll(status.dnsServers());
      domains.addAll(status.searchDomains());
    }
    return new DnsConfiguration(servers.stream().toList(), domains.stream().toList());
  }
}
