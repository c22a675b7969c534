package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The destination of a sender's last packet, cached for the next packet to the same address. For senders to many
 * addresses. Confined to the host's event loop.
 */
public final class LastDestination {

  private final Function<IpAddress, @Nullable Destination> lookup;
  private @Nullable IpAddress wanted;
  private @Nullable Destination last;

  /** Creates an empty cache for the destinations of {@code host}. */
  public LastDestination(IpHost host) {
    this(host::destination);
  }

  /** Creates an empty cache for the results of {@code lookup}. */
  public LastDestination(Function<IpAddress, @Nullable Destination> lookup) {
    this.lookup = lookup;
  }

  /** Returns the destination for {@code address}, or {@code null} if there is no route or no source address. */
  public @Nullable Destination to(IpAddress address) {
    Destination route = last;
    if (route == null || !address.equals(wanted) || !route.isReachable()) {
      route = lookup.apply(address);
      wanted = address;
      last = route;
    }
    return route;
  }
}
