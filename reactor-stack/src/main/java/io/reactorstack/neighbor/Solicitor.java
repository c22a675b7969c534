package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import org.jspecify.annotations.Nullable;

/** A protocol that requests MAC addresses: ARP, or neighbor discovery. */
@FunctionalInterface
public interface Solicitor {

  /**
   * Sends a request for the MAC address of {@code target}.
   *
   * @param probed the last known MAC address, to which the request is sent; {@code null} to send it to all stations
   */
  void solicit(IpAddress target, @Nullable MacAddress probed);
}
