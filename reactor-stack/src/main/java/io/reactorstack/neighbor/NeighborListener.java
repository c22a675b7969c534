package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;

/** The internet layer, as a neighbour cache tells it of what it has found out. Called on the event loop. */
@FunctionalInterface
public interface NeighborListener {

  /** The answer of {@link Neighbors#hasFailed} for {@code neighbor} has changed. */
  void onFailureChanged(IpAddress neighbor);
}
