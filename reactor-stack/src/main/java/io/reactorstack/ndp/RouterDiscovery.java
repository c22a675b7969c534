package io.reactorstack.ndp;

import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.event.Ipv6Status;
import io.reactorstack.ip.event.Ipv6Status.Phase;
import io.reactorstack.ip.host.HostNetwork;
import io.reactorstack.ip.host.Ipv6Link;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ip.host.RoutingTable;
import io.reactorstack.layer.Timers;
import io.reactorstack.neighbor.NeighborCache;
import io.reactorstack.neighbor.NeighborClaim;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.NdpMessage.Redirect;
import io.reactorstack.wire.NdpMessage.RouterAdvertisement;
import io.reactorstack.wire.NdpOption;
import io.reactorstack.wire.RouterPreference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Router discovery of one interface (RFC 4861 sections 6.3 and 8.3). It learns routes, addresses, DNS servers and the
 * parameters of the link from the routers, publishes them to the host's network, and reports their summary as an event.
 */
final class RouterDiscovery {

  /**
   * The bounds of advertised times, in milliseconds; a station of the link must be able neither to stop detection nor to
   * cause a flood. With a longer RetransTimer, one lost solicitation would stop a flow for that time.
   */
  private static final long SHORTEST = 100;
  private static final long LONGEST_REACHABLE = Duration.ofHours(1).toMillis();
  private static final long LONGEST_RETRANS = Duration.ofSeconds(5).toMillis();

  private final NdpHost ndp;
  private final NetworkInterface networkInterface;
  private final NeighborCache neighbors;
  private final Consumer<NdpDrop> notices;
  private final RouterSolicitations solicitations;
  private final AutoAddresses addresses;
  private final AdvertisedRoutes routes = new AdvertisedRoutes();
  private final DnsAdvertisements dns = new DnsAdvertisements();
  private final Redirection redirection;
  private final Timers.Timer expiry;
  private Ipv6Settings.Routers settings;
  private List<Route> published = List.of();
  private Ipv6Link link = Ipv6Link.DEFAULT;
  private @Nullable Ipv6Status told;
  private boolean up;
  private boolean heard;
  private boolean managed;
  private boolean otherConfiguration;
  private boolean disabled;

  /**
   * Creates the discovery of one interface.
   *
   * @param settings the settings of what the interface accepts
   * @param solicit sends a router solicitation
   * @param addresses forms the addresses of the interface; notified changes must be passed to {@link #tell}
   */
  RouterDiscovery(NdpHost ndp, NetworkInterface networkInterface, NeighborCache neighbors,
      Ipv6Settings.Routers settings, Runnable solicit, AutoAddresses addresses) {
    this.ndp = ndp;
    this.networkInterface = networkInterface;
    this.neighbors = neighbors;
    this.settings = settings;
    this.addresses = addresses;
    this.notices = ndp.notices();
    this.solicitations = new RouterSolicitations(ndp.turn(), ndp.random(), solicit);
    this.redirection = new Redirection(ndp.host(), networkInterface, neighbors);
    this.expiry = ndp.turn().timer(this::onExpiry);
  }

  /** Changes what the interface accepts. Without router discovery, everything but the formed addresses is forgotten. */
  void accept(Ipv6Settings.Routers changed) {
    if (settings.discovery() && !changed.discovery()) {
      solicitations.stop();
      routes.clear();
      dns.clear();
      heard = false;
      managed = false;
      otherConfiguration = false;
      publish(Ipv6Link.DEFAULT);
    }
    settings = changed;
  }

  /**
   * Begins to solicit routers, if the interface uses them and the link is up.
   *
   * @param delayed whether the caller has already waited for a random time
   */
  void start(boolean delayed) {
    if (settings.discovery() && up && !disabled) {
      solicitations.start(delayed);
    }
  }

  /** Handles a change of the carrier; the caller starts the solicitations. */
  void onCarrier(boolean now) {
    up = now;
    if (!now) {
      solicitations.stop();
    }
  }

  /**
   * Handles the advertisement of {@code router}, a link-local address.
   *
   * @return the reason to drop it, or {@code null}
   */
  @Nullable
  NdpDrop onAdvertisement(Ipv6Address router, RouterAdvertisement message) {
    if (!settings.discovery()) {
      return NdpDrop.ROUTER_DISCOVERY_OFF;
    }
    if (networkInterface.holding(router) != null) {
      return NdpDrop.ADDRESS_CONFLICT;
    }
    long now = ndp.turn().now();
    heard = true;
    managed = message.managed();
    otherConfiguration = message.otherConfiguration();
    // RFC 4861 6.3.4: the sender is a router, even if it is not to be used as a default router.
    neighbors.accept(new NeighborClaim(router, message.sourceLinkAddress(), NeighborClaim.Proof.NONE, true, true,
        NeighborClaim.Role.ROUTER));
    takeTimes(message);
    takeRouter(now, router, message);
    for (NdpOption option : message.options()) {
      switch (option) {
        case NdpOption.PrefixInformation prefix -> takePrefix(now, router, prefix);
        case NdpOption.RouteInformation route when route.prefix().length() > 0 ->
          routes.route(now, router, route, notices);
        case NdpOption.RecursiveDnsServers servers -> dns.onServers(now, servers);
        case NdpOption.DnsSearchList domains -> dns.onDomains(now, domains);
        default -> {
          // The other options belong to the message as a whole.
        }
      }
    }
    if (message.routerLifetime() > 0) {
      solicitations.answered();
    }
    publish(withLimits(message));
    return null;
  }

  // RFC 4861 6.3.4: zero means that the router states no value, which leaves the current one.
  private void takeTimes(RouterAdvertisement message) {
    if (message.reachableTime() > 0) {
      neighbors.ipv6ReachableTime(bounded(message.reachableTime(), LONGEST_REACHABLE));
    }
    if (message.retransTimer() > 0) {
      neighbors.ipv6RetransTimer(bounded(message.retransTimer(), LONGEST_RETRANS));
    }
  }

  private static Duration bounded(long millis, long longest) {
    return Duration.ofMillis(Math.clamp(millis, SHORTEST, longest));
  }

  private Ipv6Link withLimits(RouterAdvertisement message) {
    int hopLimit = message.hopLimit() == 0 ? link.hopLimit() : message.hopLimit();
    int mtu = link.mtu();
    NdpOption.Mtu stated = message.option(NdpOption.Mtu.class);
    if (stated != null) {
      if (stated.mtu() < Ipv6Header.MINIMUM_MTU || stated.mtu() > networkInterface.mtu()) {
        notices.accept(NdpDrop.BAD_MTU);
      } else {
        mtu = (int) stated.mtu();
      }
    }
    return new Ipv6Link(mtu, hopLimit, routes.sources());
  }

  private void takeRouter(long now, Ipv6Address router, RouterAdvertisement message) {
    long lifetime = message.routerLifetime();
    RouterPreference preference = message.preference();
    for (NdpOption option : message.options()) {
      // RFC 4191 3.1: a route to everything overrides the fields of the message.
      if (option instanceof NdpOption.RouteInformation route && route.prefix().length() == 0) {
        lifetime = route.lifetime();
        preference = route.preference();
      }
    }
    if (!routes.router(now, router, preference, lifetime, neighbors::hasFailed)) {
      notices.accept(NdpDrop.TOO_MANY_ADVERTISED);
    }
  }

  private void takePrefix(long now, Ipv6Address router, NdpOption.PrefixInformation prefix) {
    if (prefix.onLink()) {
      routes.onLink(now, prefix, notices);
    }
    if (prefix.autonomous() && settings.addresses()) {
      routes.source(now, router, prefix);
      addresses.onPrefix(prefix, notices);
    }
  }

  /**
   * Handles a redirect from {@code router}, a link-local address.
   *
   * @return the reason to drop it, or {@code null}
   */
  @Nullable
  NdpDrop onRedirect(Ipv6Address router, Redirect redirect) {
    if (!settings.redirects()) {
      return NdpDrop.REDIRECTS_OFF;
    }
    return redirection.onRedirect(router, redirect);
  }

  /** The station {@code router} is a router no longer (RFC 4861 section 7.2.5). */
  void onRouterGone(Ipv6Address router) {
    routes.remove(router);
    redirection.onRouterGone(router);
    publish(new Ipv6Link(link.mtu(), link.hopLimit(), routes.sources()));
  }

  private void onExpiry() {
    long now = ndp.turn().now();
    routes.expire(now);
    dns.expire(now);
    publish(new Ipv6Link(link.mtu(), link.hopLimit(), routes.sources()));
  }

  /** Publishes what has changed, and arms the timer for the next end of a lifetime. */
  private void publish(Ipv6Link next) {
    String name = networkInterface.name();
    HostNetwork network = ndp.host().network();
    if (!next.equals(link)) {
      link = next;
      network.ipv6Link(name, next);
    }
    List<Route> before = published;
    List<Route> after = desired(name);
    if (!after.equals(before)) {
      published = after;
      network.routes(current -> {
        RoutingTable changed = current.without(route -> before.contains(route) && !after.contains(route));
        for (Route route : after) {
          changed = changed.with(route);
        }
        return changed;
      });
    }
    expiry.set(Math.min(routes.next(), dns.next()));
    tell();
  }

  private List<Route> desired(String name) {
    List<Route> all = new ArrayList<>(routes.routes(name));
    for (Ipv6Address server : dns.servers()) {
      if (server.isLinkLocal()) {
        // RFC 8106 5.1: a server with a link-local address is asked on the link of its router.
        all.add(new Route(new IpPrefix(server, server.bitLength()), null, name, AdvertisedRoutes.ON_LINK));
      }
    }
    return List.copyOf(all);
  }

  /** Reports the state as an event if it differs from the last one. */
  void tell() {
    if (!settings.discovery()) {
      return;
    }
    Ipv6Status now = status();
    if (!now.equals(told)) {
      told = now;
      ndp.host().network().report(new InterfaceEvent.Ipv6Changed(networkInterface.name(), now));
    }
  }

  /** The current state. */
  Ipv6Status status() {
    List<IpPrefix> own = addresses.assigned();
    return new Ipv6Status(
        phase(own), own, routes.routers(), dns.servers(), dns.domains(), managed, otherConfiguration);
  }

  private Phase phase(List<IpPrefix> own) {
    if (disabled) {
      return Phase.DISABLED;
    }
    if (!own.isEmpty()) {
      return Phase.CONFIGURED;
    }
    if (!up) {
      return Phase.NO_LINK;
    }
    if (addresses.isTesting()) {
      return Phase.TESTING;
    }
    return heard ? Phase.NO_PREFIX : Phase.SOLICITING;
  }

  /** Ends router discovery for good, because the interface must not use IPv6. */
  void disable() {
    disabled = true;
    close();
    addresses.close();
    routes.clear();
    dns.clear();
    publish(Ipv6Link.DEFAULT);
  }

  /** Stops all timers. */
  void close() {
    solicitations.stop();
    expiry.cancel();
  }
}
