package io.reactorstack.routing;

import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.setting.Checks;
import io.reactorstack.wire.NdpOption;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The DNS servers and search domains in the router advertisements of an interface (RFC 8106). Immutable.
 *
 * @param servers the addresses of recursive servers, at most 127, each of one host
 * @param searchDomains the domain names that hosts append to short names
 * @param lifetime the time for which hosts use them, in whole seconds; {@code null} for three times the longest interval
 *     of the advertisements
 */
public record AdvertisedDns(List<Ipv6Address> servers, List<String> searchDomains, @Nullable Duration lifetime) {

  /** No servers and no domains. */
  public static final AdvertisedDns NONE = new AdvertisedDns(List.of(), List.of(), null);

  /** Copies the lists and checks the values. */
  public AdvertisedDns {
    servers = List.copyOf(Checks.given("servers", servers));
    Checks.range("number of DNS servers", servers.size(), 0, NdpOption.MAX_ADDRESSES, "servers");
    for (Ipv6Address server : servers) {
      if (server.isMulticast() || server.isUnspecified() || server.isLoopback() || server.zone() != null) {
        throw new IllegalArgumentException(
            "the DNS server " + server + " cannot be advertised: expected the address of one host, without a zone");
      }
    }
    searchDomains = List.copyOf(Checks.given("searchDomains", searchDomains));
    if (!searchDomains.isEmpty()) {
      // The option checks the names and their length.
      searchDomains = new NdpOption.DnsSearchList(0, searchDomains).domains();
    }
    if (lifetime != null) {
      Checks.range("dnsLifetime", lifetime, Duration.ZERO, AdvertisedPrefix.FOREVER);
    }
  }
}
