package io.reactorstack.ip.host;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.layer.Egress;
import io.reactorstack.neighbor.Neighbors;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * The interfaces, addresses and routes of a host, and the ways that they make: what its transports need to know of the internet
 * layer.
 *
 * <p>The weak host model holds in both directions, as RFC 1122 section 3.3.4.2 permits and Linux does: a packet to any of the
 * host's own addresses is taken on any interface, and the destination alone chooses the interface to send through.
 *
 * <p>Each change moves the host's generation; a {@link Destination} that was looked up in an earlier one is looked up again when
 * it is next used. Confined to the host's event loop.
 */
public final class IpHost {

  /** A transport that wants to know that less passes to a destination than before. */
  @FunctionalInterface
  public interface PathMtuListener {

    /** Packets above {@code mtu} bytes do not reach {@code destination} any more. */
    void lowered(IpAddress destination, int mtu);
  }

  /** The first step of a way. */
  record Hop(NetworkInterface via, IpAddress address) {}

  private final LongSupplier clock;
  private final Duration pathMtuLifetime;
  private final List<PathMtuListener> onPathMtu = new ArrayList<>(1);
  private final List<Consumer<? super InterfaceEvent>> onEvent = new ArrayList<>(4);
  private final List<NetworkInterface> interfaces = new ArrayList<>();
  private final PacketTaps taps;
  private RoutingTable routes = RoutingTable.EMPTY;
  private long generation;

  /** A host on which no time passes, so that path MTUs are learnt for ever. */
  public IpHost() {
    this(() -> 0, Duration.ZERO);
  }

  /**
   * A host without interfaces.
   *
   * @param clock the time in nanoseconds
   * @param pathMtuLifetime how long a path MTU below the link's is believed; zero for ever (RFC 1191 section 6.3)
   */
  public IpHost(LongSupplier clock, Duration pathMtuLifetime) {
    this.clock = clock;
    this.pathMtuLifetime = pathMtuLifetime;
    this.taps = new PacketTaps(clock);
  }

  /**
   * Shows the packets of {@code flow} to {@code observer}, from now on until the result is disposed of: those that arrive as the
   * device has handed them over, those that leave as they go to the device, each from its IP header on and without padding.
   */
  public Disposable observe(PacketFlow flow, FrameObserver observer) {
    return taps.add(flow, observer);
  }

  /** The observers of single flows. */
  public PacketTaps taps() {
    return taps;
  }

  // ---- what changes

  /** Adds someone to be told when less passes to a destination than before. */
  public void onPathMtu(PathMtuListener listener) {
    onPathMtu.add(listener);
  }

  /**
   * Adds someone to be told of each change, after it: ways may be others than before. The part that has made the change is in the
   * middle of it: a listener that does more than remember it puts that on the list of the next turn.
   */
  public void onEvent(Consumer<? super InterfaceEvent> listener) {
    onEvent.add(listener);
  }

  /** A number that every change makes larger. */
  long generation() {
    return generation;
  }

  private void changed(InterfaceEvent event) {
    generation++;
    tell(event);
  }

  private void tell(InterfaceEvent event) {
    onEvent.forEach(listener -> listener.accept(event));
  }

  /**
   * Adds an interface; routes to its networks are the caller's to add.
   *
   * @throws IllegalArgumentException if the name is taken
   */
  public NetworkInterface attach(
      String name,
      DeviceCapabilities capabilities,
      InterfaceAddresses addresses,
      Neighbors neighbors,
      Egress<OutboundPacket> egress) {
    if (named(name) != null) {
      throw new IllegalArgumentException("there is an interface " + name);
    }
    NetworkInterface added = new NetworkInterface(
        name, capabilities, addresses, neighbors, egress, new PathMtus(clock, pathMtuLifetime));
    interfaces.add(added);
    generation++;
    return added;
  }

  /** Removes an interface; its routes stay and are not used. */
  public void detach(NetworkInterface removed) {
    if (interfaces.remove(removed)) {
      removed.setDetached();
      generation++;
    }
  }

  /** The device of {@code failed} has failed for good: removes the interface. */
  public void fail(NetworkInterface failed, Throwable cause) {
    detach(failed);
    changed(new InterfaceEvent.Failed(failed.name(), cause));
  }

  /**
   * Whether the medium of {@code networkInterface} carries packets: at first, and at each change. While it does not, a destination
   * is reached over another interface if a route leads there.
   */
  public void carrying(NetworkInterface networkInterface, boolean up) {
    networkInterface.setCarrying(up);
    String name = networkInterface.name();
    changed(up ? new InterfaceEvent.Up(name) : new InterfaceEvent.Down(name));
  }

  /**
   * Gives {@code networkInterface} one more address, the least preferred.
   *
   * @throws IllegalArgumentException if it cannot have the address
   */
  public void addAddress(NetworkInterface networkInterface, OwnAddress added) {
    networkInterface.own().add(added);
    changed(new InterfaceEvent.AddressAdded(networkInterface.name(), added.prefix()));
  }

  /** Takes {@code removed} from {@code networkInterface}, if it has it. */
  public void removeAddress(NetworkInterface networkInterface, IpAddress removed) {
    for (OwnAddress own : networkInterface.addresses()) {
      if (own.address().equals(removed)) {
        networkInterface.own().remove(removed);
        changed(new InterfaceEvent.AddressRemoved(networkInterface.name(), own.prefix()));
      }
    }
  }

  /** Another station on the link of {@code networkInterface}, {@code claimant}, uses {@code own}. */
  public void onConflict(NetworkInterface networkInterface, IpAddress own, MacAddress claimant) {
    // Nothing has changed here: what a stranger claims costs no look-up.
    tell(new InterfaceEvent.AddressConflict(networkInterface.name(), own, claimant));
  }

  /** The routes as they are now. */
  public RoutingTable routes() {
    return routes;
  }

  /** Replaces the routes by what {@code change} makes of them. */
  public void routes(UnaryOperator<RoutingTable> change) {
    RoutingTable before = routes;
    routes = change.apply(before);
    for (Route route : before.routes()) {
      if (!routes.routes().contains(route)) {
        changed(new InterfaceEvent.RouteRemoved(route.interfaceName(), route.destination(), route.gateway()));
      }
    }
    for (Route route : routes.routes()) {
      if (!before.routes().contains(route)) {
        changed(new InterfaceEvent.RouteAdded(route.interfaceName(), route.destination(), route.gateway()));
      }
    }
  }

  /**
   * {@code neighbor} has begun to fail, or answers again: the routes of such a gateway are used only if no other leads to the
   * destination (RFC 1122 section 3.3.1.5).
   */
  public void onNeighborFailureChanged(IpAddress neighbor) {
    Route route = routes.over(neighbor);
    NetworkInterface via = route == null ? null : named(route.interfaceName());
    if (via != null) {
      changed(via.neighbors().hasFailed(neighbor)
          ? new InterfaceEvent.GatewayFailed(via.name(), neighbor)
          : new InterfaceEvent.GatewayRestored(via.name(), neighbor));
    }
  }

  // RFC 1191 6.2, RFC 8201 5.2: every instance that uses the path is told, whoever has drawn the report.
  void lowerMtu(NetworkInterface via, IpAddress destination, int mtu) {
    if (via.mtus().lower(destination, mtu, via.mtu())) {
      int lowered = via.mtus().of(destination, via.mtu());
      onPathMtu.forEach(listener -> listener.lowered(destination, lowered));
    }
  }

  /** Packets may take other ways from now on: what is known of the old ones' MTUs counts no more. */
  public void forgetPathMtus() {
    interfaces.forEach(each -> each.mtus().clear());
  }

  // ---- questions

  /** The interfaces, in order of their addition. */
  public List<NetworkInterface> interfaces() {
    return List.copyOf(interfaces);
  }

  /** The interface of this name, or {@code null}. */
  public @Nullable NetworkInterface named(String name) {
    for (int i = 0; i < interfaces.size(); i++) {
      if (interfaces.get(i).name().equals(name)) {
        return interfaces.get(i);
      }
    }
    return null;
  }

  /** The interface that has {@code address}, or {@code null}. */
  public @Nullable NetworkInterface owner(IpAddress address) {
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
  public boolean takes(IpAddress address, NetworkInterface ingress) {
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

  /** The way to {@code address}, or {@code null} if there is no route or no address to send from. */
  public @Nullable Destination destination(IpAddress address) {
    Hop hop = hopTo(address, null);
    IpAddress source = hop == null ? null : sourceFor(hop, address);
    return hop == null || source == null ? null : new Destination(this, address, null, hop, source);
  }

  /**
   * The way to everybody on the link of {@code via} by {@code address}, a group or the limited broadcast address. Its source is
   * the unspecified address while the host has none of the family.
   */
  public Destination onLink(NetworkInterface via, IpAddress address) {
    Hop hop = new Hop(via, address);
    IpAddress source = sourceFor(hop, address);
    IpAddress none = address.isV4() ? Ipv4Address.UNSPECIFIED : Ipv6Address.UNSPECIFIED;
    return new Destination(this, address, via, hop, source == null ? none : source);
  }

  @Nullable
  Hop hopTo(IpAddress address, @Nullable NetworkInterface link) {
    if (link != null) {
      return link.isAttached() ? new Hop(link, address) : null;
    }
    if (address.isUnspecified()) {
      return null;
    }
    if (isLocal(address)) {
      NetworkInterface loopback = named(NetworkInterface.LOOPBACK);
      return loopback == null ? null : new Hop(loopback, address);
    }
    Hop routed = routed(address);
    if (routed != null) {
      return routed;
    }
    NetworkInterface first = isLinkWide(address) ? firstLink() : null;
    return first == null ? null : new Hop(first, address);
  }

  /**
   * The first hop of the best route whose interface carries packets and whose gateway answers; if there is none, of the best of
   * all.
   */
  private @Nullable Hop routed(IpAddress address) {
    List<Route> ordered = routes.routes();
    Hop failed = null;
    for (int i = 0; i < ordered.size(); i++) {
      Route route = ordered.get(i);
      NetworkInterface via = route.destination().contains(address) ? named(route.interfaceName()) : null;
      if (via == null) {
        continue;
      }
      IpAddress gateway = route.gateway();
      if (via.isCarrying() && (gateway == null || !via.neighbors().hasFailed(gateway))) {
        return hop(route, via, address);
      }
      failed = failed == null ? hop(route, via, address) : failed;
    }
    return failed;
  }

  // RFC 1122 3.3.1.1 (a), RFC 1112 6.2: limited broadcast and groups go to the link itself, whatever the route says.
  private Hop hop(Route route, NetworkInterface via, IpAddress address) {
    return new Hop(via, isLinkWide(address) || isBroadcast(address) ? address : route.nextHop(address));
  }

  private static boolean isLinkWide(IpAddress address) {
    return address.isMulticast() || address.equals(Ipv4Address.BROADCAST);
  }

  private @Nullable NetworkInterface firstLink() {
    for (int i = 0; i < interfaces.size(); i++) {
      if (!interfaces.get(i).isLoopback()) {
        return interfaces.get(i);
      }
    }
    return null;
  }

  /** The address to send from to {@code address}, or {@code null} if there is none of the family. */
  @Nullable
  IpAddress sourceFor(Hop hop, IpAddress address) {
    if (hop.via().isLoopback() && isLocal(address)) {
      // RFC 1122 3.3.4.3: a host that talks to itself uses the address it was called by.
      return address;
    }
    IpAddress source = SourceSelection.select(hop.via().addresses(), address, hop.address());
    return source != null ? source : SourceSelection.select(addressesOffLoopback(), address, hop.address());
  }

  /** An unnumbered interface sends from another interface's address. */
  private List<OwnAddress> addressesOffLoopback() {
    List<OwnAddress> all = new ArrayList<>();
    for (NetworkInterface each : interfaces) {
      if (!each.isLoopback()) {
        all.addAll(each.addresses());
      }
    }
    return all;
  }
}
