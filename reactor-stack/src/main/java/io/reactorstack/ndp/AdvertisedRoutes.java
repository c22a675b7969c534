package io.reactorstack.ndp;

import io.reactorstack.ip.host.Route;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.NdpOption.PrefixInformation;
import io.reactorstack.wire.NdpOption.RouteInformation;
import io.reactorstack.wire.RouterPreference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The default routers, the prefixes on the link and the further routes that the routers of one link have advertised (RFC
 * 4861 section 5.1, RFC 4191), each until its lifetime ends.
 */
final class AdvertisedRoutes {

  /** The maximum number of default routers. */
  static final int MOST_ROUTERS = 16;

  /** The maximum number of prefixes on the link. */
  static final int MOST_PREFIXES = 32;

  /** The maximum number of further routes. */
  static final int MOST_ROUTES = 32;

  /** The metric of a prefix on the link; routes of the user come first. */
  static final int ON_LINK = 256;

  private static final IpPrefix EVERYTHING = new IpPrefix(Ipv6Address.UNSPECIFIED, 0);

  private record RouteKey(IpPrefix network, Ipv6Address router) {}

  private record SourceKey(Ipv6Address prefix, Ipv6Address router) {}

  private final LifetimeTable<Ipv6Address, RouterPreference> routers = new LifetimeTable<>(MOST_ROUTERS);
  private final LifetimeTable<IpPrefix, Boolean> prefixes = new LifetimeTable<>(MOST_PREFIXES);
  private final LifetimeTable<RouteKey, RouterPreference> routes = new LifetimeTable<>(MOST_ROUTES);
  private final LifetimeTable<SourceKey, Boolean> sources = new LifetimeTable<>(MOST_PREFIXES);

  /**
   * Adds a default router, or changes its lifetime and preference; a lifetime of zero removes it.
   *
   * @param hasFailed returns whether a router does not answer, so that another can take its place in a full list
   * @return false if the list is full
   */
  boolean router(long now, Ipv6Address router, RouterPreference preference, long lifetime,
      Predicate<? super Ipv6Address> hasFailed) {
    if (lifetime == 0) {
      routers.remove(router);
      return true;
    }
    if (!routers.contains(router) && routers.isFull()) {
      makeRoom(preference, hasFailed);
    }
    return routers.put(router, preference, LifetimeTable.end(now, lifetime));
  }

  private void makeRoom(RouterPreference preference, Predicate<? super Ipv6Address> hasFailed) {
    List<Ipv6Address> victims = new ArrayList<>();
    routers.forEach((each, held) -> {
      if (hasFailed.test(each) || held.compareTo(preference) < 0) {
        victims.add(each);
      }
    });
    if (!victims.isEmpty()) {
      remove(victims.getFirst());
    }
  }

  /** Handles a prefix whose addresses are on the link (RFC 4861 section 6.3.4). */
  void onLink(long now, PrefixInformation option, Consumer<? super NdpDrop> notices) {
    IpPrefix prefix = option.prefix().network();
    Ipv6Address address = (Ipv6Address) prefix.address();
    // RFC 4861 4.6.2: the link-local prefix cannot be changed. All addresses cannot be on one link.
    if (prefix.length() == 0 || address.isMulticast() || isLinkLocal(prefix)) {
      notices.accept(NdpDrop.BAD_PREFIX);
    } else if (option.validLifetime() == 0) {
      prefixes.remove(prefix);
    } else if (!prefixes.put(prefix, true, LifetimeTable.end(now, option.validLifetime()))) {
      notices.accept(NdpDrop.TOO_MANY_ADVERTISED);
    }
  }

  static boolean isLinkLocal(IpPrefix prefix) {
    return prefix.address() instanceof Ipv6Address address && address.isLinkLocal() && prefix.length() >= 10;
  }

  /** Notes that {@code router} has advertised the prefix of addresses {@code option} (RFC 8028 section 3). */
  void source(long now, Ipv6Address router, PrefixInformation option) {
    var key = new SourceKey(new Ipv6Address(((Ipv6Address) option.prefix().address()).high(), 0), router);
    if (option.validLifetime() == 0) {
      sources.remove(key);
    } else {
      sources.put(key, true, LifetimeTable.end(now, option.validLifetime()));
    }
  }

  /** The routers that have advertised each prefix of addresses. */
  Map<Ipv6Address, Set<IpAddress>> sources() {
    Map<Ipv6Address, Set<IpAddress>> all = new HashMap<>();
    for (SourceKey each : sources.keys()) {
      all.computeIfAbsent(each.prefix, prefix -> new HashSet<>()).add(each.router);
    }
    return all;
  }

  /** Handles a route through {@code router} to a network that is not the default route (RFC 4191 section 3.1). */
  void route(long now, Ipv6Address router, RouteInformation option, Consumer<? super NdpDrop> notices) {
    IpPrefix network = option.prefix().network();
    var key = new RouteKey(network, router);
    if (((Ipv6Address) network.address()).isMulticast() || isLinkLocal(network)) {
      notices.accept(NdpDrop.BAD_PREFIX);
    } else if (option.lifetime() == 0) {
      routes.remove(key);
    } else if (!routes.put(key, option.preference(), LifetimeTable.end(now, option.lifetime()))) {
      notices.accept(NdpDrop.TOO_MANY_ADVERTISED);
    }
  }

  /** Removes a router and its routes: it is a router no longer. */
  void remove(Ipv6Address router) {
    routers.remove(router);
    routes.removeIf((key, preference) -> key.router.equals(router));
    sources.removeIf((key, any) -> key.router.equals(router));
  }

  void expire(long now) {
    routers.expire(now);
    prefixes.expire(now);
    routes.expire(now);
    sources.expire(now);
  }

  /** The time at which the next entry ends. */
  long next() {
    return Math.min(Math.min(routers.next(), prefixes.next()), Math.min(routes.next(), sources.next()));
  }

  void clear() {
    routers.clear();
    prefixes.clear();
    routes.clear();
    sources.clear();
  }

  /** The default routers, most preferred first. */
  List<Ipv6Address> routers() {
    List<Ipv6Address> ordered = new ArrayList<>();
    for (RouterPreference preference : List.of(RouterPreference.HIGH, RouterPreference.MEDIUM, RouterPreference.LOW)) {
      routers.forEach((router, stated) -> {
        if (stated == preference) {
          ordered.add(router);
        }
      });
    }
    return ordered;
  }

  /** The routes over the interface {@code name} that follow from all this. */
  List<Route> routes(String name) {
    List<Route> all = new ArrayList<>();
    routers.forEach((router, preference) -> all.add(new Route(EVERYTHING, router, name, metric(preference))));
    for (IpPrefix prefix : prefixes.keys()) {
      all.add(new Route(prefix, null, name, ON_LINK));
    }
    routes.forEach((key, preference) -> all.add(new Route(key.network, key.router, name, metric(preference))));
    return all;
  }

  /** RFC 4191 2.1: a more preferred route has a lower metric. */
  private static int metric(RouterPreference preference) {
    return switch (preference) {
      case HIGH -> 512;
      case MEDIUM -> 1024;
      case LOW -> 2048;
    };
  }
}
