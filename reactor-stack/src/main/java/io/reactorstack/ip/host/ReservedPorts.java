package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;

/**
 * The ports of the host's addresses that a translator of addresses uses for other hosts. A socket of the host would
 * receive nothing on them.
 */
@FunctionalInterface
public interface ReservedPorts {

  /** A host that translates no addresses. */
  ReservedPorts NONE = (protocol, address, port) -> false;

  /**
   * Returns whether the translator uses {@code port}.
   *
   * @param protocol TCP, UDP or ICMP, as in the IPv4 header
   * @param address an address of the host, or the unspecified one for any of them
   * @param port the port; for ICMP, the identifier of a query
   */
  boolean contains(int protocol, IpAddress address, int port);
}
