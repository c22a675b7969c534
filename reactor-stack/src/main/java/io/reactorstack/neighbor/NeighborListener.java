package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;

/** The internet layer, as a neighbour cache tells it of what it has found out. Called on the event loop. */
public interface NeighborListener {

  /** The next hop of {@code packet} did not answer. Called in a turn of its own; the caller releases the packet afterwards. */
  void onUndeliverable(OutboundPacket packet);

  /** The answer of {@link Neighbors#hasFailed} for {@code neighbor} has changed. */
  void onFailureChanged(IpAddress neighbor);
}
