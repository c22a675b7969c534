package io.reactorstack.ip.host;

import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.DestinationOrder;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
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
  static final HostSnapshot EMPTY = empty(AddressSelection.DEFAULT);

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
  /** The names of all interfaces so far, also of those that are gone, so that an index never changes. */
  private final List<String> names;
  private final RoutingTable routes;
  private final Redirects redirects;
  private final AddressSelection selection;
  private final boolean forwards;

  private HostSnapshot(long generation, List<InterfaceSnapshot> interfaces, List<String> names, RoutingTable routes,
      Redirects redirects, AddressSelection selection, boolean forwards) {
    this.generation = generation;
    this.interfaces = interfaces;
    this.names = names;
    this.routes = routes;
    this.redirects = redirects;
    this.selection = selection;
    this.forwards = forwards;
  }

  /** Returns a host without interfaces that selects its addresses by {@code selection}. */
  static HostSnapshot empty(AddressSelection selection) {
    return new HostSnapshot(0, List.of(), List.of(), RoutingTable.EMPTY, Redirects.NONE, selection, false);
  }

  // ---- changed copies

  /** Returns a copy with the interface {@code added}. */
  HostSnapshot with(InterfaceSnapshot added) {
    List<InterfaceSnapshot> more = new ArrayList<>(interfaces);
    more.add(added);
    List<String> known = new ArrayList<>(names);
    if (!known.contains(added.name())) {
      known.add(added.name());
    }
    return new HostSnapshot(generation + 1, List.copyOf(more), List.copyOf(known), routes, redirects, selection,
        forwards);
  }

  HostSnapshot without(String interfaceName) {
    return new HostSnapshot(
        generation + 1, interfaces.stream().filter(each -> !each.name().equals(interfaceName)).toList(), names, routes,
        redirects.without(hop -> hop.interfaceName().equals(interfaceName)), selection, forwards);
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
    return new HostSnapshot(next, List.copyOf(all), names, routes, redirects, selection, forwards);
  }

  /** Returns a copy of a host that is a router, or is not. */
  HostSnapshot forwarding(boolean now) {
    return new HostSnapshot(generation, interfaces, names, routes, redirects, selection, now);
  }

  /** Returns a copy with other routes. The redirects are dropped: they were about the gateways of the former ones. */
  HostSnapshot with(RoutingTable replacement) {
    return new HostSnapshot(generation + 1, interfaces, names, replacement, Redirects.NONE, selection, forwards);
  }

  HostSnapshot with(Redirects replacement) {
    return new HostSnapshot(generation + 1, interfaces, names, routes, replacement, selection, forwards);
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

  /** Returns the index of the interface {@code name}, from 1 on; 0 if there has been none of this name. */
  public int indexOf(String name) {
    return names.indexOf(name) + 1;
  }

  /** Returns the interface that {@code zone} names or gives the index of, or {@code null}. */
  public @Nullable InterfaceSnapshot in(Ipv6Address.Zone zone) {
    InterfaceSnapshot named = named(zone.name());
    boolean hasIndex = named == null && zone.index() > 0 && zone.index() <= names.size();
    return hasIndex ? named(names.get(zone.index() - 1)) : named;
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
    return ingress.owns(address) || (SourceSelection.isLinkLocal(address)
        ? forwards && ingress.isSubnetRouter(address)
        : owner(address) != null || isSubnetRouter(address));
  }

  /**
   * Returns whether this host is a router and {@code address} is the Subnet-Router anycast address of a network of one of
   * its interfaces (RFC 4291 section 2.6.1). The host receives packets to it, and sends none from it.
   */
  public boolean isSubnetRouter(IpAddress address) {
    if (!forwards || address.isV4()) {
      return false;
    }
    for (int i = 0; i < interfaces.size(); i++) {
      if (interfaces.get(i).isSubnetRouter(address)) {
        return true;
      }
    }
    return false;
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

  /** Returns whether {@code address} is the all-zeros address of a prefix of IPv4 on any of this host's interfaces. */
  boolean isNetworkAddress(IpAddress address) {
    for (int i = 0; i < interfaces.size(); i++) {
      if (interfaces.get(i).isNetworkAddress(address)) {
        return true;
      }
    }
    return false;
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
    Hop routed = routed(address, 0, each -> true);
    if (routed != null) {
      return routed;
    }
    InterfaceSnapshot first = isLinkWide(address) ? firstLink() : null;
    return first == null ? null : new Hop(first.name(), address);
  }

  /**
   * Returns the interface {@code via} and the next hop of its best route to {@code address}, or {@code null} if none of
   * its routes leads there. An address of this host is reached over the loopback interface.
   */
  @Nullable
  Hop hopOver(String via, IpAddress address) {
    if (isLocal(address)) {
      return hopTo(address);
    }
    Hop redirected = redirected(address);
    return redirected != null && redirected.interfaceName().equals(via)
        ? redirected
        : routed(address, 0, each -> each.name().equals(via));
  }

  /** Returns the hop to which {@code address} was redirected, if its link carries packets and it answers. */
  private @Nullable Hop redirected(IpAddress address) {
    Hop hop = redirects.of(address);
    InterfaceSnapshot via = hop == null ? null : named(hop.interfaceName());
    return hop != null && via != null && via.carrying() && !via.silentGateways().contains(hop.address()) ? hop : null;
  }

  /**
   * Returns the hop of the best route whose interface carries packets and whose gateway answers. If there is none, the
   * hop of the best route of all; of several routers to the same network, the one that failed the longest time ago (RFC
   * 4861 section 6.3.6).
   *
   * @param flow selects one of several equally good routes; 0 selects the first
   * @param eligible returns whether the routes over an interface count at all
   */
  private @Nullable Hop routed(IpAddress address, int flow, Predicate<InterfaceSnapshot> eligible) {
    List<Route> ordered = routes.routes();
    Route failed = null;
    for (int i = 0; i < ordered.size(); i++) {
      Route route = ordered.get(i);
      InterfaceSnapshot via = route.destination().contains(address) ? named(route.interfaceName()) : null;
      if (via == null || !eligible.test(via)) {
        continue;
      }
      if (isUsable(route, via)) {
        return hop(flow == 0 ? route : ofEqual(i, flow), address);
      }
      failed = failed == null || failedBefore(via, route, failed) ? route : failed;
    }
    return failed == null ? null : hop(failed, address);
  }

  private static boolean isUsable(Route route, InterfaceSnapshot via) {
    return via.carrying() && (route.gateway() == null || !via.silentGateways().contains(route.gateway()));
  }

  /** Returns the one that {@code flow} selects of the usable routes that are equal to the one at {@code best}. */
  private Route ofEqual(int best, int flow) {
    List<Route> ordered = routes.routes();
    Route first = ordered.get(best);
    List<Route> equal = new ArrayList<>(2);
    for (int i = best; i < ordered.size(); i++) {
      InterfaceSnapshot via = ordered.get(i).isEqualTo(first) ? named(ordered.get(i).interfaceName()) : null;
      if (via != null && isUsable(ordered.get(i), via)) {
        equal.add(ordered.get(i));
      }
    }
    return equal.get(Math.floorMod(flow, equal.size()));
  }

  /**
   * Returns the interface and next hop for a packet of another host to {@code address}, which is no address of this one,
   * or {@code null} if no route leads there.
   *
   * @param flow selects one of several equally good routes; 0 selects the first
   */
  @Nullable
  Hop transitHop(IpAddress address, int flow) {
    // RFC 1812 5.3.12.3: no route of a router leads over an interface that has failed.
    return routed(address, flow, InterfaceSnapshot::carrying);
  }

  /** Returns whether one of the best routes to {@code address} leads over the interface {@code interfaceName}. */
  boolean leadsOver(IpAddress address, String interfaceName) {
    List<Route> ordered = routes.routes();
    Route best = null;
    for (int i = 0; i < ordered.size(); i++) {
      Route route = ordered.get(i);
      boolean candidate = best == null ? route.destination().contains(address) : route.isEqualTo(best);
      InterfaceSnapshot via = candidate ? named(route.interfaceName()) : null;
      if (via != null && isUsable(route, via)) {
        if (via.name().equals(interfaceName)) {
          return true;
        }
        best = route;
      }
    }
    return false;
  }

  /** Returns whether the gateway of {@code route}, which leads over {@code via}, failed before that of {@code other}. */
  private static boolean failedBefore(InterfaceSnapshot via, Route route, Route other) {
    if (!other.interfaceName().equals(via.name()) || other.destination().length() != route.destination().length()) {
      return false;
    }
    for (IpAddress silent : via.silentGateways()) {
      if (silent.equals(route.gateway()) || silent.equals(other.gateway())) {
        return silent.equals(route.gateway());
      }
    }
    return false;
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

  /**
   * Returns the names of the interfaces on whose links the link-local address {@code address} may be: those of the most
   * specific routes without a gateway.
   */
  List<String> linksOf(Ipv6Address address) {
    List<String> links = new ArrayList<>(1);
    int length = -1;
    for (Route route : routes.routes()) {
      boolean onLink = route.gateway() == null && route.destination().contains(address)
          && named(route.interfaceName()) != null;
      if (onLink && (length < 0 || length == route.destination().length()) && !links.contains(route.interfaceName())) {
        length = route.destination().length();
        links.add(route.interfaceName());
      }
    }
    return links;
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
    InterfaceAddress source = source(hop, address, selection);
    return source == null ? null : source.address();
  }

  /**
   * Selects the source for packets to {@code address} over {@code hop}, or {@code null} if there is no candidate. The
   * candidates are the addresses of the outgoing interface (RFC 6724 section 4). An interface without one uses those of
   * other interfaces, except for destinations on its link and for groups, whose packets other stations of the link must
   * be able to answer (RFC 1112 section 6.2, RFC 6724 section 4).
   */
  private @Nullable InterfaceAddress source(Hop hop, IpAddress address, AddressSelection by) {
    InterfaceSnapshot via = named(hop.interfaceName());
    List<InterfaceAddress> own = via == null ? List.of() : via.addresses();
    SourceSelection choice = new SourceSelection(by, address, hop.address(), own,
        via == null ? Ipv6Link.DEFAULT : via.ipv6());
    InterfaceAddress source = choice.best(own);
    boolean bound = address.isMulticast() || !address.isV4() && address.isLinkLocal();
    return source != null || bound ? source : choice.best(addressesOfLargerScope());
  }

  /**
   * Returns the addresses of all interfaces that are valid beyond their link: an unnumbered interface uses another
   * interface's address.
   */
  private List<InterfaceAddress> addressesOfLargerScope() {
    List<InterfaceAddress> all = new ArrayList<>();
    for (InterfaceSnapshot each : interfaces) {
      for (InterfaceAddress own : each.isLoopback() ? List.<InterfaceAddress>of() : each.addresses()) {
        if (!own.address().isLinkLocal()) {
          all.add(own);
        }
      }
    }
    return all;
  }

  /**
   * Returns {@code addresses} in the order in which to try them (RFC 6724 section 6). An address with a zone is judged
   * on the link of its zone.
   */
  public List<IpAddress> sorted(List<IpAddress> addresses) {
    if (addresses.size() < 2) {
      return addresses;
    }
    return new DestinationOrder(selection).sorted(addresses.stream().map(this::choice).toList());
  }

  private DestinationOrder.Choice choice(IpAddress address) {
    InterfaceAddress source = sourceOf(address, selection);
    return new DestinationOrder.Choice(address, source == null ? null : source.prefix(),
        source != null && source.state() != InterfaceAddress.State.PREFERRED);
  }

  /** Returns the hop to {@code address}, or {@code null} without a route, or without a link for a link-local address. */
  private @Nullable Hop reachable(IpAddress address) {
    if (!(address instanceof Ipv6Address v6) || v6.zone() == null && !v6.isLinkLocal()) {
      return hopTo(address);
    }
    Ipv6Address bare = v6.withoutZone();
    if (v6.zone() != null) {
      InterfaceSnapshot link = in(v6.zone());
      return link == null ? null : link.owns(bare) ? hopTo(bare) : new Hop(link.name(), bare);
    }
    List<String> links = isLocal(bare) ? List.of() : linksOf(bare);
    return isLocal(bare) ? hopTo(bare) : links.size() == 1 ? new Hop(links.getFirst(), bare) : null;
  }

  /** Returns whether an interface other than the loopback has an address of the family that is valid beyond its link. */
  public boolean hasAddress(boolean v4) {
    return addressesOfLargerScope().stream().anyMatch(own -> own.isAssigned() && own.address().isV4() == v4);
  }

  /**
   * Returns the source for packets to {@code address} if public addresses are preferred, or temporary ones, or
   * {@code null} if the address cannot be reached.
   */
  public @Nullable IpAddress sourceFor(IpAddress address, boolean prefersPublic) {
    InterfaceAddress source = sourceOf(address, selection.withPublicPreferred(prefersPublic));
    return source == null ? null : source.address();
  }

  private @Nullable InterfaceAddress sourceOf(IpAddress address, AddressSelection by) {
    Hop hop = reachable(address);
    IpAddress bare = address.withoutZone();
    boolean self = hop != null && hop.interfaceName().equals(InterfaceSnapshot.LOOPBACK) && isLocal(bare);
    if (self) {
      return InterfaceAddress.manual(new IpPrefix(bare, bare.bitLength()));
    }
    return hop == null ? null : source(hop, bare, by);
  }
}
