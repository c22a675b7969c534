package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;

/** The listener for address conflicts: another station uses an address of this host (RFC 5227 section 2.4). */
@FunctionalInterface
public interface ConflictListener {

  /**
   * Notifies the listener that the station {@code claimant} claims {@code own}, an address of this interface. Called in
   * a turn.
   */
  void onConflict(IpAddress own, MacAddress claimant);
}
