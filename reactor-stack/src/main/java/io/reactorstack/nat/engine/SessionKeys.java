package io.reactorstack.nat.engine;

import io.reactorstack.nat.NatFiltering;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.packet.Ipv4Address;

/**
 * The outside hosts that share a session. A session of TCP is one connection. Other sessions are as fine as the filter:
 * one for all outside hosts, for each address, or for each endpoint. Those of a port forwarding are always for one
 * endpoint, so that an answer leaves by the forwarding that was asked.
 */
final class SessionKeys {

  private static final int PORT_BITS = 16;
  private static final long ANY_HOST = 0;

  private final NatFiltering filtering;

  SessionKeys(NatFiltering filtering) {
    this.filtering = filtering;
  }

  /** Returns the key of the session that the flow uses on a mapping. */
  long of(Flow flow, boolean forwarding) {
    boolean exact = forwarding || flow.protocol() == NatProtocol.TCP
        || filtering == NatFiltering.ADDRESS_AND_PORT_DEPENDENT;
    if (exact) {
      return endpoint(flow.remote(), flow.remotePort());
    }
    return filtering == NatFiltering.ENDPOINT_INDEPENDENT ? ANY_HOST : endpoint(flow.remote(), 0);
  }

  /** Returns whether a new connection from {@code remote} may use {@code mapping}, which has no session for it. */
  boolean admit(Mapping mapping, Ipv4Address remote) {
    return mapping.isForwarding() || switch (filtering) {
      case ENDPOINT_INDEPENDENT -> true;
      case ADDRESS_DEPENDENT -> mapping.hasSessionWith(endpoint(remote, 0) >>> PORT_BITS, PORT_BITS);
      case ADDRESS_AND_PORT_DEPENDENT -> false;
    };
  }

  static long endpoint(Ipv4Address address, int port) {
    return Integer.toUnsignedLong(address.bits()) << PORT_BITS | port;
  }
}
