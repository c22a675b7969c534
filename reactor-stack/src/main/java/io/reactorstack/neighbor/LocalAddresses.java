package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;
import org.jspecify.annotations.Nullable;

/** The addresses of one interface, as address resolution needs them. The internet layer implements it. */
public interface LocalAddresses {

  /** Returns whether {@code address} is an address of the interface. */
  boolean owns(IpAddress address);

  /**
   * Returns whether {@code address} is the limited broadcast address or a directed broadcast address of one of the
   * interface's networks.
   */
  boolean isBroadcast(IpAddress address);

  /**
   * Returns the interface address that is the sender of a request for {@code target}, or {@code null} if the interface
   * has no address of that family.
   */
  @Nullable
  IpAddress sourceFor(IpAddress target);
}
