package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;

/**
 * The listener for neighbours that stop or start to answer; the internet layer implements it. Called on the event loop.
 */
@FunctionalInterface
public interface NeighborListener {

  /**
   * Notifies the listener that the result of {@link Neighbors#hasFailed} for {@code neighbor} has changed, or that a
   * failed neighbour was asked once more and has not answered.
   */
  void onFailureChanged(IpAddress neighbor);
}
