package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * The way that a sender to many used last, kept for the next packet to the same address. It follows the routes meanwhile.
 * Confined to the host's event loop.
 */
public final class LastDestination {

  private final IpHost host;
  private @Nullable Destination last;

  /** The ways of {@code host}, of which none was used. */
  public LastDestination(IpHost host) {
    this.host = host;
  }

  /** The way to {@code address}, or {@code null} if there is no route or no address to send from. */
  public @Nullable Destination to(IpAddress address) {
    Destination way = last;
    if (way == null || !way.address().equals(address) || !way.isReachable()) {
      way = host.destination(address);
      last = way;
    }
    return way;
  }
}
