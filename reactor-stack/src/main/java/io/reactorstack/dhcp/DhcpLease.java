package io.reactorstack.dhcp;

import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.wire.DhcpOptions;
import io.reactorstack.wire.DhcpRoute;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The address that a DHCP server has assigned to an interface, with the parameters of the network. An interface with a
 * configured address has only the parameters (DHCPINFORM).
 *
 * @param address the address with the prefix length of its network
 * @param server the server that has assigned it
 * @param duration the time from the client's request until the address must not be used any more; {@link #UNLIMITED}
 *     for no limit
 * @param options everything that the server has sent
 */
public record DhcpLease(IpPrefix address, Ipv4Address server, Duration duration, DhcpOptions options) {

  /** The duration of a lease without end, as the option expresses it. */
  public static final Duration UNLIMITED = Duration.ofSeconds(0xffff_ffffL);

  /** RFC 2132 section 5.1. */
  private static final int LEAST_MTU = 68;

  /** The routes, among them the default route; the first one to a network is the most preferred. */
  public List<DhcpRoute> routes() {
    return options.routes();
  }

  /** The DNS servers, most preferred first. */
  public List<Ipv4Address> dnsServers() {
    return options.addresses(DhcpOptions.DNS_SERVERS);
  }

  /** The time servers, most preferred first. */
  public List<Ipv4Address> ntpServers() {
    return options.addresses(DhcpOptions.NTP_SERVERS);
  }

  /** The name of the host, or {@code null}. */
  public @Nullable String hostName() {
    return options.text(DhcpOptions.HOST_NAME);
  }

  /** The domain of the host, or {@code null}. */
  public @Nullable String domainName() {
    return options.text(DhcpOptions.DOMAIN_NAME);
  }

  /** The domains in which host names are looked up, in order (RFC 3397). */
  public List<String> domainSearch() {
    return options.domainSearch();
  }

  /** The MTU of the link in octets, from 68 on, or -1; a value only: the interface keeps its own MTU. */
  public int interfaceMtu() {
    int mtu = (int) options.number(DhcpOptions.INTERFACE_MTU, 2);
    return mtu < LEAST_MTU ? -1 : mtu;
  }

  @Override
  public String toString() {
    return address + " from " + server + (duration.equals(UNLIMITED) ? "" : " for " + duration.toSeconds() + " s");
  }
}
