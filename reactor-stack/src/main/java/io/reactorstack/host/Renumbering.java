package io.reactorstack.host;

import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ip.host.RoutingTable;
import io.reactorstack.ndp.NdpLink;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Changes the addresses and routes of a running host. Confined to the loop. */
final class Renumbering {

  private final StackShard shard;
  private final IpHost ip;
  private final List<Link> links;

  /** Creates the operations for the host of {@code shard}, whose interfaces are {@code links}. */
  Renumbering(StackShard shard, List<Link> links) {
    this.shard = shard;
    this.ip = shard.ip();
    this.links = links;
  }

  /** See {@code NetworkStack.addAddress}; notifies {@code outcome} when the address can be used. */
  void addAddress(String interfaceName, IpPrefix added, NdpLink.Outcome outcome) {
    Link link = link(interfaceName);
    if (ip.isLocal(added.address()) || holder(added.address()) != null) {
      throw new IllegalArgumentException(added.address() + " is already an address of this host");
    }
    if (link.tests(added)) {
      link.test(added, outcome);
      NdpLink ndp = link.ndp();
      if (ndp != null) {
        ndp.formLinkLocal();
      }
      return;
    }
    add(link, InterfaceAddress.manual(added));
    outcome.onResult(null);
  }

  /**
   * Adds an IPv4 address with its state and lifetimes.
   *
   * @throws IllegalArgumentException if the host has the address already, or the interface cannot have it
   */
  void addAddress(String interfaceName, InterfaceAddress added) {
    if (ip.isLocal(added.address())) {
      throw new IllegalArgumentException(added.address() + " is already an address of this host");
    }
    add(link(interfaceName), added);
  }

  private void add(Link link, InterfaceAddress added) {
    String name = link.networkInterface().name();
    ip.network().addAddress(name, added);
    ip.network().routes(routes -> routes.with(Route.onLink(added.prefix(), name)));
    link.onAddressAdded(added.address());
  }

  /** Returns the interface, except the loopback, that has {@code address}, even as a tentative one; or {@code null}. */
  private @Nullable Link holder(IpAddress address) {
    for (Link link : links) {
      if (!link.networkInterface().isLoopback() && link.networkInterface().holding(address) != null) {
        return link;
      }
    }
    return null;
  }

  /** See {@code NetworkStack.removeAddress}; runs {@code done} when the address has been removed. */
  void removeAddress(IpAddress removed, Runnable done) {
    Link holder = holder(removed);
    if (holder == null) {
      throw new IllegalArgumentException(removed + " is not an address of this host's interfaces");
    }
    shard.tcp().onAddressRemoval(removed);
    // The RSTs are sent in the turn that runs before this task; the address is removed after that.
    shard.turn().schedule();
    shard.loop().execute(() -> {
      if (holder.networkInterface().holding(removed) != null) {
        remove(holder, removed);
      }
      done.run();
    });
  }

  /** Removes an IPv6 address whose lifetime has ended, or that the interface must not use. */
  void removeEnded(String interfaceName, Ipv6Address ended) {
    shard.tcp().onAddressRemoval(ended);
    shard.turn().schedule();
    shard.loop().execute(() -> {
      for (Link link : links) {
        NetworkInterface on = link.networkInterface();
        if (on.name().equals(interfaceName) && on.holding(ended) != null) {
          remove(link, ended);
        }
      }
    });
  }

  private void remove(Link holder, IpAddress removed) {
    NetworkInterface from = holder.networkInterface();
    List<InterfaceAddress> before = from.addresses();
    holder.onRemoved(removed);
    ip.network().removeAddress(from.name(), removed);
    for (InterfaceAddress own : before) {
      // A prefix that a router has advertised remains on the link without an address in it.
      if (own.address().equals(removed) && own.origin() != InterfaceAddress.Origin.ROUTER) {
        Route onLink = Route.onLink(own.prefix(), from.name());
        ip.network()
            .routes(routes -> routes.without(route -> isTo(route, onLink) && !isStillOnLink(from, own.prefix())));
      }
    }
    // A gateway that is no longer on the link cannot be reached, so routes through it are removed.
    ip.network()
        .routes(routes -> routes.without(route -> route.interfaceName().equals(from.name()) && route.gateway() != null
            && before.stream().anyMatch(own -> own.prefix().contains(route.gateway()))
            && !isOnLink(from, route.gateway())));
    routesChanged();
  }

  private static boolean isTo(Route route, Route other) {
    return route.interfaceName().equals(other.interfaceName()) && route.gateway() == null
        && route.metric() == other.metric()
        && route.destination().length() == other.destination().length()
        && other.destination().contains(route.destination().address());
  }

  /** Returns whether another address of the interface is in exactly the same network as {@code own}. */
  private static boolean isStillOnLink(NetworkInterface networkInterface, IpPrefix own) {
    return networkInterface.addresses().stream()
        .anyMatch(other -> other.origin() != InterfaceAddress.Origin.ROUTER
            && other.prefix().length() == own.length() && own.contains(other.address()));
  }

  /** See {@code NetworkStack.addRoute}. */
  void addRoute(IpPrefix network, IpAddress router, int metric) {
    IpAddress gateway = router.withoutZone();
    Ipv6Address.Zone zone = router instanceof Ipv6Address v6 ? v6.zone() : null;
    if (ip.isLocal(gateway)) {
      throw new IllegalArgumentException("the gateway " + gateway + " is an address of this host");
    }
    NetworkInterface via = ip.interfaces().stream()
        .filter(candidate -> !candidate.isLoopback()
            && (zone == null ? isOnLink(candidate, gateway) : candidate.equals(ip.in(zone))))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(
            "the gateway " + router + " is not on the link of any interface"));
    ip.network().routes(routes -> routes.with(new Route(network, gateway, via.name(), metric)));
    routesChanged();
  }

  private boolean isOnLink(NetworkInterface candidate, IpAddress neighbor) {
    Route route = ip.routes().lookup(neighbor, each -> each.interfaceName().equals(candidate.name()));
    return candidate.isOnLink(neighbor) || route != null && route.gateway() == null;
  }

  /** Replaces the routes {@code before} by {@code after}; routes in both remain. */
  void replaceRoutes(List<Route> before, List<Route> after) {
    if (before.equals(after)) {
      return;
    }
    ip.network().routes(routes -> {
      RoutingTable next = routes.without(route -> before.contains(route) && !after.contains(route));
      for (Route added : after) {
        next = next.with(added);
      }
      return next;
    });
    routesChanged();
  }

  /** See {@code NetworkStack.removeRoute}. */
  void removeRoute(IpPrefix network, IpAddress router) {
    IpAddress gateway = router.withoutZone();
    Ipv6Address.Zone zone = router instanceof Ipv6Address v6 ? v6.zone() : null;
    Predicate<Route> removed = route -> route.destination().equals(network) && gateway.equals(route.gateway())
        && (zone == null || zone.equals(new Ipv6Address.Zone(route.interfaceName(), 0)));
    if (ip.routes().routes().stream().noneMatch(removed)) {
      throw new IllegalArgumentException("there is no route to " + network + " through " + router);
    }
    ip.network().routes(routes -> routes.without(removed));
    routesChanged();
  }

  /** Forgets learnt path MTUs, since paths may have changed, and neighbours that are no longer on the link. */
  private void routesChanged() {
    ip.network().forgetPathMtus();
    for (Link link : links) {
      String name = link.networkInterface().name();
      link.networkInterface().neighbors().forget(neighbor -> {
        Route route = ip.routes().lookup(neighbor, candidate -> candidate.interfaceName().equals(name));
        return !neighbor.isMulticast() && (route == null || route.gateway() != null);
      });
    }
  }

  /**
   * Returns the neighbor discovery of the interface {@code interfaceName}, which can send router advertisements.
   *
   * @throws IllegalArgumentException if there is no such interface, or it has no MAC address
   */
  NdpLink advertiser(String interfaceName) {
    NdpLink ndp = link(interfaceName).ndp();
    if (ndp == null) {
      throw new IllegalArgumentException(
          "router advertisements need Ethernet, and the interface " + interfaceName + " has no MAC address");
    }
    return ndp;
  }

  /**
   * Returns the interface, which must not be the loopback.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  Link link(String interfaceName) {
    return links.stream()
        .filter(link -> link.networkInterface().name().equals(interfaceName)
            && !link.networkInterface().isLoopback()
            && Objects.equals(ip.named(interfaceName), link.networkInterface()))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no interface " + interfaceName));
  }
}
