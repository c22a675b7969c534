package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * The destination of a sender's last packet, cached for the next packet to the same address. For senders to many
 * addresses. Confined to the host's event loop.
 */
public final class LastDestination {

  private final IpHost host;
  private @Nullable IpAddress wanted;
  private @Nullable Destination last;

  /** Creates an empty cache for the destinations of {@code host}. */
  public LastDestination(IpHost host) {
    this.host = host;
  }

  /** Returns the destination for {@code address}, or {@code null} if there is no route or no source address. */
  public @Nullable Destination to(IpAddress address) {
    Destination route = last;
    if (route == null || !address.equals(wanted) || !route.isReachable()) {
      route = host.destination(address);
      wanted = address;
      last = route;
    }
    return route;
  }
}
