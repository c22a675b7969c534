package io.reactorstack.ip.event;

import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import java.util.List;

/**
 * The configuration of one interface by the IPv6 routers of its link (RFC 4861, RFC 4862, RFC 8106), at each of its
 * changes.
 *
 * @param phase the step that the interface has reached
 * @param addresses the addresses that the interface has formed from advertised prefixes and that can be used, with the
 *     length of the prefix
 * @param routers the link-local addresses of the default routers, most preferred first
 * @param dnsServers the DNS servers that routers have advertised, in their order
 * @param searchDomains the domains that routers have advertised to complete short names, in their order
 * @param managed true if a router has said that addresses are assigned by DHCPv6, which this host does not speak
 * @param otherConfiguration true if a router has said that other parameters are available by DHCPv6
 */
public record Ipv6Status(
    Phase phase,
    List<IpPrefix> addresses,
    List<Ipv6Address> routers,
    List<Ipv6Address> dnsServers,
    List<String> searchDomains,
    boolean managed,
    boolean otherConfiguration) {

  /** The steps of an interface that is configured by routers. */
  public enum Phase {
    /** The link is down. */
    NO_LINK("waits for the link"),
    /** No router has answered yet; the interface repeats its question. */
    SOLICITING("waits for an answer to router solicitations"),
    /** Routers have answered, but none has advertised a prefix for addresses. */
    NO_PREFIX("has found a router, which offers no prefix for addresses"),
    /** The interface tests whether another station has the address that it has formed. */
    TESTING("checks that no other station has its address"),
    /** The interface has an address. */
    CONFIGURED("is configured"),
    /** Another station has the link-local address, so the interface does not use IPv6 (RFC 4862 section 5.4.5). */
    DISABLED("has the link-local address of another station and does not use IPv6");

    private final String text;

    Phase(String text) {
      this.text = text;
    }

    /** The step in words, such as {@code waits for the link}. */
    public String text() {
      return text;
    }
  }

  /** Copies the lists. */
  public Ipv6Status {
    addresses = List.copyOf(addresses);
    routers = List.copyOf(routers);
    dnsServers = List.copyOf(dnsServers);
    searchDomains = List.copyOf(searchDomains);
  }

  /** Returns whether the interface has an address from a router's prefix that can be used. */
  public boolean isConfigured() {
    return !addresses.isEmpty();
  }

  @Override
  public String toString() {
    return phase.text + (addresses.isEmpty() ? "" : ": " + addresses) + (routers.isEmpty() ? "" : " via " + routers);
  }
}
