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

  /**
   * As {@link #solicit(IpAddress, MacAddress)}, from the address {@code sender} if the protocol lets a host choose.
   *
   * @param sender the source address of the packet that has caused the request; {@code null} if it is not known
   */
  default void solicit(IpAddress target, @Nullable MacAddress probed, @Nullable IpAddress sender) {
    solicit(target, probed);
  }
}
