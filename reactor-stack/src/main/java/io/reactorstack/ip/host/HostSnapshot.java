package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The interfaces, addresses and routes of a host at one moment, and the answers that follow from them alone. Immutable: {@link
 * HostNetwork} publishes one after each change, and all shards of the host use the same.
 *
 * <p>The weak host model holds in both directions, as RFC 1122 section 3.3.4.2 permits and Linux does: a packet to any of the
 * host's own addresses is taken on any interface, and the destination alone chooses the interface to send through.
 */
public final class HostSnapshot {

  /** A host without interfaces. */
  static final HostSnapshot EMPTY = new HostSnapshot(0, List.of(), RoutingTable.EMPTY);

  /**
   * The first step of a way.
   *
   * @param interfaceName the interface to send through
   * @param address the router or, on-link, the destination itself
   */
  record Hop(String interfaceName, IpAddress address) {}

  private final long generation;
  private final List<InterfaceSnapshot> interfaces;
  private final RoutingTable routes;

  private HostSnapshot(long generation, List<InterfaceSnapshot> interfaces, RoutingTable routes) {
    this.generation = generation;
    this.interfaces = interfaces;
    this.routes = routes;
  }

  // ---- what becomes of it

  /** With one more interface. */
  HostSnapshot with(InterfaceSnapshot added) {
    List<InterfaceSnapshot> more = new ArrayList<>(interfaces);
    more.add(added);
    return new HostSnapshot(generation + 1, List.copyOf(more), routes);
  }

  HostSnapshot without(String interfaceName) {
    return new HostSnapshot(
        generation + 1, interfaces.stream().filter(each -> !each.name().equals(interfaceName)).toList(), routes);
  }

  /** With another state of the interface {@code interfaceName}, after which ways may be others. */
  HostSnapshot changed(String interfaceName, UnaryOperator<InterfaceSnapshot> change) {
    return replaced(generation + 1, interfaceName, change);
  }

  /** As {@link #changed}, where no way can be another than before. */
  HostSnapshot adapted(String interfaceName, UnaryOperator<InterfaceSnapshot> change) {
    return replaced(generation, interfaceName, change);
  }

  private HostSnapshot replaced(long next, String interfaceName, UnaryOperator<InterfaceSnapshot> change) {
    List<InterfaceSnapshot> all = new ArrayList<>(interfaces);
    all.replaceAll(each -> each.name().equals(interfaceName) ? change.apply(each) : each);
    return new HostSnapshot(next, List.copyOf(all), routes);
  }

  HostSnapshot with(RoutingTable replacement) {
    return new HostSnapshot(generation + 1, interfaces, replacement);
  }

  // ---- questions

  /** A number that every change makes larger after which ways may be others. */
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

  /** The interface of this name, or {@code null}. */
  public @Nullable InterfaceSnapshot named(String name) {
    for (int i = 0; i < interfaces.size(); i++) {
      if (interfaces.get(i).name().equals(name)) {
        return interfaces.get(i);
      }
    }
    return null;
  }

  /** The interface that has {@code address}, or {@code null}. */
  public @Nullable InterfaceSnapshot owner(IpAddress address) {
    for (int i = 0; i < interfaces.size(); i++) {
      if (interfaces.get(i).owns(address)) {
        return interfaces.get(i);
      }
    }
    return null;
  }

  /** Whether {@code address} is one of this host's own: an interface's, or any of 127.0.0.0/8. */
  public boolean isLocal(IpAddress address) {
    return address.isLoopback() || owner(address) != null;
  }

  /**
   * Whether packets to {@code address}, a single host's, are for this host when they arrive on {@code ingress}. Loopback and
   * link-local addresses count on their own interface only.
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

  /** Whether {@code address} is a broadcast address on any of this host's interfaces. */
  public boolean isBroadcast(IpAddress address) {
    for (int i = 0; i < interfaces.size(); i++) {
      if (interfaces.get(i).isBroadcast(address)) {
        return true;
      }
    }
    return address.equals(Ipv4Address.BROADCAST);
  }

  /** The first step to {@code address}, or {@code null} if nothing leads there. */
  @Nullable
  Hop hopTo(IpAddress address) {
    if (address.isUnspecified()) {
      return null;
    }
    if (isLocal(address)) {
      return named(InterfaceSnapshot.LOOPBACK) == null ? null : new Hop(InterfaceSnapshot.LOOPBACK, address);
    }
    Hop routed = routed(address);
    if (routed != null) {
      return routed;
    }
    InterfaceSnapshot first = isLinkWide(address) ? firstLink() : null;
    return first == null ? null : new Hop(first.name(), address);
  }

  /**
   * The first step of the best route whose interface carries packets and whose gateway answers; if there is none, of the best of
   * all.
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

  // RFC 1122 3.3.1.1 (a), RFC 1112 6.2: limited broadcast and groups go to the link itself, whatever the route says.
  private Hop hop(Route route, IpAddress address) {
    return new Hop(
        route.interfaceName(), isLinkWide(address) || isBroadcast(address) ? address : route.nextHop(address));
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

  /** The address to send from to {@code address} by way of {@code hop}, or {@code null} if there is none of the family. */
  @Nullable
  IpAddress sourceFor(Hop hop, IpAddress address) {
    InterfaceSnapshot via = named(hop.interfaceName());
    if (via != null && via.isLoopback() && isLocal(address)) {
      // RFC 1122 3.3.4.3: a host that talks to itself uses the address it was called by.
      return address;
    }
    List<OwnAddress> own = via == null ? List.of() : via.addresses();
    IpAddress source = SourceSelection.select(own, address, hop.address());
    return source != null ? source : SourceSelection.select(addressesOffLoopback(), address, hop.address());
  }

  /** An unnumbered interface sends from another interface's address. */
  private List<OwnAddress> addressesOffLoopback() {
    List<OwnAddress> all = new ArrayList<>();
    for (InterfaceSnapshot each : interfaces) {
      if (!each.isLoopback()) {
        all.addAll(each.addresses());
      }
    }
    return all;
  }
}
