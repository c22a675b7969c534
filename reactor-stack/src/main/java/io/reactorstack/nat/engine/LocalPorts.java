package io.reactorstack.nat.engine;

import io.reactorstack.nat.NatProtocol;
import io.reactorstack.packet.Ipv4Address;

/**
 * The ports that the translator's own host uses on the outside addresses. No mapping gets such a port, and packets for
 * it pass through.
 */
@FunctionalInterface
public interface LocalPorts {

  /** A host without sockets on the outside addresses. */
  LocalPorts NONE = (protocol, address, port) -> false;

  /** Returns whether a socket of the host uses {@code port}; for ICMP, whether a query with this identifier is open. */
  boolean contains(NatProtocol protocol, Ipv4Address address, int port);
}
