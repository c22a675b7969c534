package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;

/** The part of the host that is told of other stations that use its addresses (RFC 5227 section 2.4). */
@FunctionalInterface
public interface ConflictListener {

  /** The station {@code claimant} says that {@code own}, an address of this interface, is its own. Called in a turn. */
  void onConflict(IpAddress own, MacAddress claimant);
}
