package io.reactorstack.name;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import java.util.List;

/**
 * The DNS servers and search domains that a host has learnt from its networks: by DHCP, and from IPv6 routers (RFC 8106).
 *
 * @param servers the addresses of recursive servers, most preferred first
 * @param searchDomains the domains that complete short names, in the order in which they are tried; without a final dot
 */
public record DnsConfiguration(List<IpAddress> servers, List<String> searchDomains) {

  /** No server and no domain. */
  public static final DnsConfiguration NONE = new DnsConfiguration(List.of(), List.of());

  /** Copies the lists. */
  public DnsConfiguration {
    servers = List.copyOf(Checks.given("servers", servers));
    searchDomains = List.copyOf(Checks.given("searchDomains", searchDomains));
  }
}
