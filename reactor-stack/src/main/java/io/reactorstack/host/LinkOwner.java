package io.reactorstack.host;

import io.reactorstack.packet.Ipv6Address;

/** The host's reaction to the end of an address on one link. */
@FunctionalInterface
interface LinkOwner {

  /** Removes an address of the interface whose lifetime has ended: connections from it end. */
  void removeAddress(String interfaceName, Ipv6Address address);
}
