package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The interfaces, addresses and routes of a host at one moment, with the lookups that depend on them alone. Immutable:
 * {@link HostNetwork} publishes a snapshot after each change, and all shards of the host use the same one.
 *
 * <p>The weak host model applies in both directions, as RFC 1122 section 3.3.4.2 permits and Linux does: a packet to
 * any of the host's addresses is accepted on any interface, and the destination alone determines the interface to send
 * through.
 */
public final class HostSnapshot {

  /** A host without interfaces. */
  static final HostSnapshot EMPTY = new HostSnapshot(0, List.of(), RoutingTable.EMPTY, Redirects.NONE);

  /**
   * The interface and the next hop of a route lookup.
   *
   * @param interfaceName the interface to send through
   * @param address the router or, on the link, the destination itself
   */
  record Hop(String interfaceName, IpAddress address) {}

  /** The prefix length of 169.254/16. */
  private static final int LINK_LOCAL_LENGTH = 16;

  private final long generation;
  private final List<InterfaceSnapshot> interfaces;
  private final RoutingTable routes;
  private final Redirects redirects;

  private HostSnapshot(
      long generation, List<InterfaceSnapshot> interfaces, RoutingTable routes, Redirects redirects) {
    this.generation = generation;
    this.interfaces = interfaces;
    this.routes = routes;
    this.redirects = redirects;
  }

  // ---- changed copies

  /** Returns a copy with the interface {@code added}. */
  HostSnapshot with(InterfaceSnapshot added) {
    List<InterfaceSnapshot> more = new ArrayList<>(interfaces);
    more.add(added);
    return new HostSnapshot(generation + 1, List.copyOf(more), routes, redirects);
  }

  HostSnapshot without(String interfaceName) {
    return new HostSnapshot(
        generation + 1, interfaces.stream().filter(each -> !each.name().equals(interfaceName)).toList(), routes,
        redirects.without(hop -> hop.interfaceName().equals(interfaceName)));
  }

  /**
   * Returns a copy with a changed interface {@code interfaceName} and a new generation: route lookups may return other
   * results.
   */
  HostSnapshot changed(String interfaceName, UnaryOperator<InterfaceSnapshot> change) {
    return replaced(generation + 1, interfaceName, change);
  }

  /** As {@link #changed}, for a change that cannot affect route lookups; the generation remains. */
  HostSnapshot adapted(String interfaceName, UnaryOperator<InterfaceSnapshot> change) {
    return replaced(generation, interfaceName, change);
  }

  private HostSnapshot replaced(long next, String interfaceName, UnaryOperator<InterfaceSnapshot> change) {
    List<InterfaceSnapshot> all = new ArrayList<>(interfaces);
    all.replaceAll(each -> each.name().equals(interfaceName) ? change.apply(each) : each);
    return new HostSnapshot(next, List.copyOf(all), routes, redirects);
  }

  /** Returns a copy with other routes. The redirects are dropped: they were about the gateways of the former ones. */
  HostSnapshot with(RoutingTable replacement) {
    return new HostSnapshot(generation + 1, interfaces, replacement, Redirects.NONE);
  }

  HostSnapshot with(Redirects replacement) {
    return new HostSnapshot(generation + 1, interfaces, routes, replacement);
  }

  // ---- lookups

  /** The number of changes so far that may have affected route lookups. */
  long generation() {
    return generation;
  }

  /** The interfaces, in order of their addition. */
  public List<InterfaceSnapshot> interfaces() {
    return interfaces;
  }

  /** The routes. */
  public RoutingTable routes() {
    return routes;
  }

  /** The destinations whose next hop a gateway has changed. */
  Redirects redirects() {
    return redirects;
  }

  /** Returns the interface of this name, or {@code null}. */
  public @Nullable InterfaceSnapshot named(String name) {
    for (int i = 0; i < interfaces.size(); i++) {
      if (interfaces.get(i).name().equals(name)) {
        return interfaces.get(i);
      }
    }
    return null;
  }

  /** Returns the interface that has {@code address}, or {@code null}. */
  public @Nullable InterfaceSnapshot owner(IpAddress address) {
    for (int i = 0; i < interfaces.size(); i++) {
      if (interfaces.get(i).owns(address)) {
        return interfaces.get(i);
      }
    }
    return null;
  }

  /** Returns whether {@code address} is an address of this host: of an interface, or any of 127.0.0.0/8. */
  public boolean isLocal(IpAddress address) {
    return address.isLoopback() || owner(address) != null;
  }

  /**
   * Returns whether packets to the unicast address {@code address} are for this host if they arrive on {@code ingress}.
   * Loopback and link-local addresses are accepted only on their own interface.
   */
  boolean takes(IpAddress address, InterfaceSnapshot ingress) {
    if (ingress.isLoopback()) {
      return isLocal(address);
    }
    if (address.isLoopback()) {
      return false;
    }
    return ingress.owns(address) || !SourceSelection.isLinkLocal(address) && owner(address) != null;
  }

  /** Returns whether {@code address} is a broadcast address on any of this host's interfaces. */
  public boolean isBroadcast(IpAddress address) {
    for (int i = 0; i < interfaces.size(); i++) {
      if (interfaces.get(i).isBroadcast(address)) {
        return true;
      }
    }
    return address.equals(Ipv4Address.BROADCAST);
  }

  /** Returns the interface and next hop for {@code address}, or {@code null} if no route leads there. */
  @Nullable
  Hop hopTo(IpAddress address) {
    if (address.isUnspecified()) {
      return null;
    }
    if (isLocal(address)) {
      return named(InterfaceSnapshot.LOOPBACK) == null ? null : new Hop(InterfaceSnapshot.LOOPBACK, address);
    }
    Hop redirected = redirected(address);
    if (redirected != null) {
      return redirected;
    }
    Hop routed = routed(address);
    if (routed != null) {
      return routed;
    }
    InterfaceSnapshot first = isLinkWide(address) ? firstLink() : null;
    return first == null ? null : new Hop(first.name(), address);
  }

  /** Returns the hop to which {@code address} was redirected, if its link carries packets and it answers. */
  private @Nullable Hop redirected(IpAddress address) {
    Hop hop = redirects.of(address);
    InterfaceSnapshot via = hop == null ? null : named(hop.interfaceName());
    return hop != null && via != null && via.carrying() && !via.silentGateways().contains(hop.address()) ? hop : null;
  }

  /**
   * Returns the hop of the best route whose interface carries packets and whose gateway answers; if there is none, the
   * hop of the best route of all.
   */
  private @Nullable Hop routed(IpAddress address) {
    List<Route> ordered = routes.routes();
    Hop failed = null;
    for (int i = 0; i < ordered.size(); i++) {
      Route route = ordered.get(i);
      InterfaceSnapshot via = route.destination().contains(address) ? named(route.interfaceName()) : null;
      if (via == null) {
        continue;
      }
      IpAddress gateway = route.gateway();
      if (via.carrying() && (gateway == null || !via.silentGateways().contains(gateway))) {
        return hop(route, address);
      }
      failed = failed == null ? hop(route, address) : failed;
    }
    return failed;
  }

  // RFC 1122 3.3.1.1 (a), RFC 1112 6.2: packets to broadcast addresses and groups go to the link itself, even if the
  // route has a gateway.
  private Hop hop(Route route, IpAddress address) {
    boolean direct = isLinkWide(address) || isBroadcast(address) || isOnLinkBySpecification(route, address);
    return new Hop(route.interfaceName(), direct ? address : route.nextHop(address));
  }

  // RFC 3927 2.6.2: a link-local address is on the link, and a default route does not lead there. A user who adds a
  // route to a part of 169.254/16 through a gateway has decided otherwise.
  private static boolean isOnLinkBySpecification(Route route, IpAddress address) {
    return address instanceof Ipv4Address v4 && v4.isLinkLocal() && route.destination().length() < LINK_LOCAL_LENGTH;
  }

  private static boolean isLinkWide(IpAddress address) {
    return address.isMulticast() || address.equals(Ipv4Address.BROADCAST);
  }

  private @Nullable InterfaceSnapshot firstLink() {
    for (int i = 0; i < interfaces.size(); i++) {
      if (!interfaces.get(i).isLoopback()) {
        return interfaces.get(i);
      }
    }
    return null;
  }

  /**
   * Returns the source address for packets to {@code address} over {@code hop}, or {@code null} if the host has no
   * address of the family.
   */
  @Nullable
  IpAddress sourceFor(Hop hop, IpAddress address) {
    InterfaceSnapshot via = named(hop.interfaceName());
    if (via != null && via.isLoopback() && isLocal(address)) {
      // RFC 1122 3.3.4.3: for a packet to itself, the host uses the destination address as the source.
      return address;
    }
    List<InterfaceAddress> own = via == null ? List.of() : via.addresses();
    IpAddress source = SourceSelection.select(own, address, hop.address());
    return source != null ? source : SourceSelection.select(addressesOffLoopback(), address, hop.address());
  }

  /**
   * Returns the addresses of all interfaces except loopback: an unnumbered interface uses another interface's address.
   */
  private List<InterfaceAddress> addressesOffLoopback() {
    List<InterfaceAddress> all = new ArrayList<>();
    for (InterfaceSnapshot each : interfaces) {
      if (!each.isLoopback()) {
        all.addAll(each.addresses());
      }
    }
    return all;
  }
}
