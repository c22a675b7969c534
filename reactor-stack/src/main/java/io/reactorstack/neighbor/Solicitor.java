package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import org.jspecify.annotations.Nullable;

/** A protocol that asks for link addresses: ARP, or neighbour discovery. */
@FunctionalInterface
public interface Solicitor {

  /**
   * Asks for {@code target}'s link address.
   *
   * @param probed the address it was last known by, to be asked directly; {@code null} to ask everybody
   */
  void solicit(IpAddress target, @Nullable MacAddress probed);
}
