package io.reactorstack.wire;

import io.reactorstack.packet.Ipv4Address;

/**
 * The address fields of a DHCP message (RFC 2131 section 2); a field without a value is unspecified.
 *
 * @param ciaddr the address that the client has and can answer ARP requests for
 * @param yiaddr the address that the server offers or assigns
 * @param siaddr the server to use in the next step of a boot
 * @param giaddr the relay agent through which the message came
 */
public record DhcpAddresses(Ipv4Address ciaddr, Ipv4Address yiaddr, Ipv4Address siaddr, Ipv4Address giaddr) {

  /** No addresses. */
  public static final DhcpAddresses NONE = new DhcpAddresses(
      Ipv4Address.UNSPECIFIED, Ipv4Address.UNSPECIFIED, Ipv4Address.UNSPECIFIED, Ipv4Address.UNSPECIFIED);

  /** Returns the addresses of a client's message. */
  public static DhcpAddresses ofClient(Ipv4Address ciaddr) {
    return new DhcpAddresses(ciaddr, Ipv4Address.UNSPECIFIED, Ipv4Address.UNSPECIFIED, Ipv4Address.UNSPECIFIED);
  }

  /** Returns a copy with the offered or assigned address {@code assigned}. */
  public DhcpAddresses withYiaddr(Ipv4Address assigned) {
    return new DhcpAddresses(ciaddr, assigned, siaddr, giaddr);
  }
}
