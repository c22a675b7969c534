package io.reactorstack.ndp;

import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.neighbor.NeighborCache;
import io.reactorstack.neighbor.NeighborClaim;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.NdpMessage.Redirect;
import org.jspecify.annotations.Nullable;

/**
 * The redirects of the routers of one link (RFC 4861 section 8): verifies each, and passes it to the internet layer,
 * which keeps them within bounds until the routes change or the first hop does not answer.
 */
final class Redirection {

  private final IpHost host;
  private final NetworkInterface networkInterface;
  private final NeighborCache neighbors;

  Redirection(IpHost host, NetworkInterface networkInterface, NeighborCache neighbors) {
    this.host = host;
    this.networkInterface = networkInterface;
    this.neighbors = neighbors;
  }

  /**
   * Handles a redirect from {@code router}.
   *
   * @return the reason to drop it, or {@code null}
   */
  @Nullable
  NdpDrop onRedirect(Ipv6Address router, Redirect redirect) {
    Ipv6Address destination = redirect.destination();
    Ipv6Address target = redirect.target();
    // RFC 4861 8.1: only the router that is the current first hop may redirect.
    Destination current = host.destination(destination);
    if (current == null || !current.networkInterface().equals(networkInterface)
        || !current.nextHop().equals(router)) {
      return NdpDrop.NOT_FIRST_HOP;
    }
    if (networkInterface.holding(target) != null) {
      return NdpDrop.BAD_REDIRECT;
    }
    // RFC 4861 8.3: the link-layer address is unconfirmed; a target other than the destination is a router.
    neighbors.accept(new NeighborClaim(target, redirect.targetLinkAddress(), NeighborClaim.Proof.NONE, true, true,
        target.equals(destination) ? NeighborClaim.Role.UNKNOWN : NeighborClaim.Role.ROUTER));
    host.redirect(networkInterface, destination, target);
    return null;
  }

  /** The station {@code router} is a router no longer. */
  void onRouterGone(Ipv6Address router) {
    host.forgetRedirects(router);
  }
}
