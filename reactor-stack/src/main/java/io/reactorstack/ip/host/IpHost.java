package io.reactorstack.ip.host;

import io.reactorstack.device.FrameObserver;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.layer.Egress;
import io.reactorstack.neighbor.Neighbors;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.PacketFields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * The view that one shard has of its host's network: the interfaces through which the shard sends, the destinations
 * that use them, and the latest {@link HostSnapshot}.
 *
 * <p>A {@link Destination} that was looked up in an earlier generation is looked up again at its next use. The shard
 * reports failed gateways and path MTUs to {@link HostNetwork}, which publishes them to the other shards. Confined to
 * the shard's loop.
 */
public final class IpHost {

  /** A listener for lowered path MTUs; transports implement it. */
  @FunctionalInterface
  public interface PathMtuListener {

    /** The path MTU to {@code destination} has been lowered to {@code mtu} bytes. */
    void lowered(IpAddress destination, int mtu);
  }

  private final HostNetwork network;
  private final LongSupplier clock;
  private final Duration pathMtuLifetime;
  private final int defaultHopLimit;
  private final List<PathMtuListener> onPathMtu = new ArrayList<>(1);
  private final List<Consumer<? super InterfaceEvent>> onEvent = new ArrayList<>(4);
  private final List<NetworkInterface> interfaces = new ArrayList<>();
  private final PacketTaps taps;
  /** Looks up the route of a destination that may use every interface; destinations share it. */
  private final Destination.Lookup routes = (to, former) -> step(to, now().hopTo(to), former);
  private HostSnapshot now = HostSnapshot.EMPTY;
  private ReservedPorts reserved = ReservedPorts.NONE;

  /** As the other constructor, with a default hop limit of 64. */
  public IpHost(HostNetwork network, Executor loop, LongSupplier clock, Duration pathMtuLifetime) {
    this(network, loop, clock, pathMtuLifetime, PacketFields.DEFAULT_HOP_LIMIT);
  }

  /**
   * Creates the view of one shard.
   *
   * @param network the host's network, which publishes its changes to this shard
   * @param loop runs tasks on the shard's loop, immediately if the caller is on it
   * @param clock the time in nanoseconds
   * @param pathMtuLifetime the lifetime of a path MTU below the link's MTU; zero for an unlimited lifetime (RFC 1191
   *     section 6.3)
   * @param defaultHopLimit the hop limit of packets whose sender has not chosen one, 1 to 255
   */
  public IpHost(
      HostNetwork network, Executor loop, LongSupplier clock, Duration pathMtuLifetime, int defaultHopLimit) {
    this.network = network;
    this.defaultHopLimit = defaultHopLimit;
    this.clock = clock;
    this.pathMtuLifetime = pathMtuLifetime;
    this.taps = new PacketTaps(clock);
    network.subscribe(loop, new Published());
  }

  /**
   * Returns {@code options} as they leave this host in a packet from {@code source} at {@code nanos}: a timestamp option
   * gets the host's time (RFC 1122 section 3.2.1.8 (e)); a packet of IPv6 has none.
   */
  public Ipv4Options leaving(Ipv4Options options, IpAddress source, long nanos) {
    return source instanceof Ipv4Address here && options.length() != 0
        ? options.stamped(here, this::isLocal, TimeUnit.NANOSECONDS.toMillis(nanos))
        : Ipv4Options.NONE;
  }

  /** The hop limit of packets whose sender has not chosen one. */
  public int defaultHopLimit() {
    return defaultHopLimit;
  }

  /** The host's network, through which changes are made. */
  public HostNetwork network() {
    return network;
  }

  /**
   * Passes the packets of {@code flow} to {@code observer} until the result is disposed of: received packets as the
   * device delivered them, sent packets as they go to the device, each from its IP header on and without padding.
   */
  public Disposable observe(PacketFlow flow, FrameObserver observer) {
    return taps.add(flow, observer);
  }

  /** The observers of packet flows. */
  public PacketTaps taps() {
    return taps;
  }

  /** Sets the ports that the host's own sockets must not use; at first there are none. */
  public void reserve(ReservedPorts ports) {
    reserved = ports;
  }

  /** Returns whether a translator of addresses uses the port; the parameters are those of {@link ReservedPorts}. */
  public boolean isReserved(int protocol, IpAddress address, int port) {
    return reserved.contains(protocol, address, port);
  }

  // ---- changes

  /** Adds a listener for lowered path MTUs. */
  public void onPathMtu(PathMtuListener listener) {
    onPathMtu.add(listener);
  }

  /**
   * Adds a listener for the changes of the network, called after each change; destinations may have other routes then.
   * The caller of the listener may be in the middle of its own work, so a listener that does more than record the event
   * must defer that to the next turn.
   */
  public void onEvent(Consumer<? super InterfaceEvent> listener) {
    onEvent.add(listener);
  }

  private void tell(InterfaceEvent event) {
    onEvent.forEach(listener -> listener.accept(event));
  }

  /** Applies the changes that the host's network publishes. */
  private final class Published implements HostNetwork.Subscriber {

    @Override
    public void onChange(HostSnapshot next, InterfaceEvent event) {
      take(next);
      tell(event);
      if (event instanceof InterfaceEvent.RouteAdded added && added.gateway() != null) {
        // The neighbour may have failed before it became a gateway.
        onNeighborFailureChanged(added.gateway());
      }
    }

    @Override
    public void onAdaptation(HostSnapshot next) {
      take(next);
    }

    private void take(HostSnapshot next) {
      now = next;
      for (int i = 0; i < interfaces.size(); i++) {
        InterfaceSnapshot part = next.named(interfaces.get(i).name());
        if (part != null) {
          interfaces.get(i).become(part);
        }
      }
    }

    @Override
    public void onReport(InterfaceEvent event) {
      tell(event);
    }

    // RFC 1191 6.2, RFC 8201 5.2: every sender on the path is notified, whichever sender's packet caused the report.
    @Override
    public void onPathMtu(String interfaceName, IpAddress destination, int mtu) {
      NetworkInterface via = named(interfaceName);
      if (via != null && via.mtus().lower(destination, mtu, via.mtuTo(destination))) {
        int lowered = via.mtus().of(destination, via.mtuTo(destination));
        onPathMtu.forEach(listener -> listener.lowered(destination, lowered));
      }
    }

    @Override
    public void onPathsForgotten() {
      interfaces.forEach(each -> each.mtus().clear());
    }
  }

  /**
   * Returns the addresses of the host's interface {@code name}, for address resolution on its link.
   *
   * @throws IllegalArgumentException if the host has no such interface
   */
  public InterfaceAddresses addressesOf(String name) {
    InterfaceSnapshot part = now.named(name);
    if (part == null) {
      throw new IllegalArgumentException("there is no interface " + name);
    }
    return new InterfaceAddresses(part);
  }

  /**
   * Opens the interface with {@code addresses} for sending by this shard.
   *
   * @param neighbors the stations on its link
   * @param filter accepts the frames of its groups
   * @param egress the source of all packets that leave through it
   */
  public NetworkInterface open(
      InterfaceAddresses addresses, Neighbors neighbors, GroupFilter filter, Egress<OutboundPacket> egress) {
    NetworkInterface opened = new NetworkInterface(
        this, addresses, neighbors, filter, egress, new PathMtus(clock, pathMtuLifetime));
    interfaces.add(opened);
    return opened;
  }

  /** Closes an interface for sending by this shard. */
  public void close(NetworkInterface closed) {
    interfaces.remove(closed);
  }

  /**
   * Updates the state of {@code neighbor}, which stopped or started to answer, or has not answered once more. If it is a
   * gateway, its routes are used only if no other route leads to the destination while it does not answer (RFC 1122
   * section 3.3.1.5). Several links may have a gateway with this address if it is a link-local one.
   */
  public void onNeighborFailureChanged(IpAddress neighbor) {
    dropFailedRedirects(neighbor);
    for (NetworkInterface via : List.copyOf(interfaces)) {
      if (now.routes().hasGateway(neighbor, via.name())) {
        boolean failed = via.neighbors().hasFailed(neighbor);
        Set<IpAddress> silent = via.now().silentGateways();
        if (failed != silent.contains(neighbor)) {
          network.execute(() -> network.gateway(via.name(), neighbor, failed));
        } else if (failed && silent.size() > 1) {
          network.execute(() -> network.gatewayFailedAgain(via.name(), neighbor));
        }
      }
    }
  }

  private void dropFailedRedirects(IpAddress neighbor) {
    for (int i = 0; i < interfaces.size(); i++) {
      if (interfaces.get(i).neighbors().hasFailed(neighbor)) {
        network.execute(() -> network.forgetRedirects(neighbor));
        return;
      }
    }
  }

  /** Ends the redirects to {@code nextHop}, which is a router no longer. */
  public void forgetRedirects(IpAddress nextHop) {
    network.execute(() -> network.forgetRedirects(nextHop));
  }

  /**
   * Sends the packets to {@code destination} over {@code nextHop} from now on, because a gateway has said so. The caller
   * must have verified the gateway's message (RFC 1122 section 3.2.2.2, RFC 4861 section 8.1). The redirect ends when
   * the routes change, the next hop does not answer, or too many newer ones exist.
   *
   * @param via the interface whose link the next hop is on
   * @param nextHop a router or, if it is on the link, the destination itself
   */
  public void redirect(NetworkInterface via, IpAddress destination, IpAddress nextHop) {
    network.execute(() -> network.redirect(via.name(), destination, nextHop));
  }

  /** Sets whether the host is a router, which also receives packets to the anycast addresses of its networks. */
  public void forwarding(boolean on) {
    network.execute(() -> network.forwarding(on));
  }

  void lowerMtu(NetworkInterface via, IpAddress destination, int mtu) {
    network.execute(() -> network.pathMtu(via.name(), destination, mtu));
  }

  // ---- lookups

  /** The current network. */
  public HostSnapshot now() {
    return now;
  }

  /** The current routes. */
  public RoutingTable routes() {
    return now.routes();
  }

  /** The interfaces that the shard sends through, in order of their addition. */
  public List<NetworkInterface> interfaces() {
    return List.copyOf(interfaces);
  }

  /** Returns the interface of this name, or {@code null}. */
  public @Nullable NetworkInterface named(String name) {
    for (int i = 0; i < interfaces.size(); i++) {
      if (interfaces.get(i).name().equals(name)) {
        return interfaces.get(i);
      }
    }
    return null;
  }

  /** Returns the interface that {@code zone} names or gives the index of, or {@code null}. */
  public @Nullable NetworkInterface in(Ipv6Address.Zone zone) {
    InterfaceSnapshot link = now.in(zone);
    return link == null ? null : named(link.name());
  }

  /** Returns the interface that has {@code address}, or {@code null}. */
  public @Nullable NetworkInterface owner(IpAddress address) {
    InterfaceSnapshot owner = now.owner(address);
    return owner == null ? null : named(owner.name());
  }

  /** Returns whether {@code address} is an address of this host: of an interface, or any of 127.0.0.0/8. */
  public boolean isLocal(IpAddress address) {
    return now.isLocal(address);
  }

  /**
   * Returns whether packets to the unicast address {@code address} are for this host if they arrive on {@code ingress}.
   * Loopback and link-local addresses are accepted only on their own interface.
   */
  public boolean takes(IpAddress address, NetworkInterface ingress) {
    return now.takes(address, ingress.now());
  }

  /** Returns whether the host receives packets to {@code address} as a router of a network; see {@link HostSnapshot}. */
  public boolean isSubnetRouter(IpAddress address) {
    return now.isSubnetRouter(address);
  }

  /** Returns whether {@code address} is a broadcast address on any of this host's interfaces. */
  public boolean isBroadcast(IpAddress address) {
    return now.isBroadcast(address);
  }

  /** Returns whether {@code address} is the all-zeros address of a prefix of IPv4 on any of this host's interfaces. */
  public boolean isNetworkAddress(IpAddress address) {
    return now.isNetworkAddress(address);
  }

  /**
   * Returns {@code address} as this host writes it: a link-local address of another station has the zone of its link,
   * with name and index, and other unicast addresses have none. An address that names no link of this host, or may be
   * on several, is returned as it is; there is no destination for it, and {@link #zoneFault} has the reason.
   */
  public IpAddress inOwnZone(IpAddress address) {
    if (!(address instanceof Ipv6Address v6) || v6.zone() == null && !v6.isLinkLocal()) {
      return address;
    }
    NetworkInterface link = linkOf(v6);
    if (link == null) {
      return v6.zone() == null || isLocal(v6.withoutZone()) && now.in(v6.zone()) != null ? v6.withoutZone() : v6;
    }
    return v6.withZone(link.zone());
  }

  /**
   * Returns the link on which the scoped address {@code address} is, or {@code null} if there is none, or several
   * without a zone that names one, or the address is the host's own.
   */
  private @Nullable NetworkInterface linkOf(Ipv6Address address) {
    Ipv6Address bare = address.withoutZone();
    if (address.zone() != null) {
      InterfaceSnapshot link = now.in(address.zone());
      return link == null || link.owns(bare) ? null : named(link.name());
    }
    List<String> links = isLocal(bare) ? List.of() : now.linksOf(bare);
    return links.size() == 1 ? named(links.getFirst()) : null;
  }

  /** Returns the reason for which {@code address} is on no link of this host, or {@code null} if it needs none. */
  public @Nullable String zoneFault(IpAddress address) {
    if (!(address instanceof Ipv6Address v6)) {
      return null;
    }
    if (v6.zone() != null) {
      return now.in(v6.zone()) == null ? "there is no interface " + v6.zone() + " for " + v6 : null;
    }
    List<String> links = v6.isLinkLocal() && !isLocal(v6) ? now.linksOf(v6) : List.of();
    return links.size() < 2
        ? null
        : v6 + " may be on the link of " + String.join(" or ", links) + ": name it, as in " + v6 + "%"
            + links.getFirst();
  }

  /**
   * Returns the destination for {@code address}, or {@code null} if there is no route or no source address.
   *
   * <p>An IPv6 address with a zone is reached through the zone's interface only. A link-local address without a zone is
   * reached if it can be on one link only (RFC 4007 section 6). The address of the result has no zone.
   */
  public @Nullable Destination destination(IpAddress address) {
    if (address instanceof Ipv6Address v6 && (v6.zone() != null || v6.isLinkLocal())) {
      NetworkInterface link = linkOf(v6);
      if (link != null) {
        Destination.Step step = stepOnLink(link, v6.withoutZone());
        return step.source().isUnspecified() ? null : onLink(link, v6.withoutZone(), step);
      }
      if (!isLocal(v6.withoutZone()) || v6.zone() != null && now.in(v6.zone()) == null) {
        return null;
      }
    }
    IpAddress bare = address.withoutZone();
    return routed(bare, now.hopTo(bare), routes);
  }

  /**
   * As {@link #destination(IpAddress)}, with the routes of {@code via} only. A group, the limited broadcast address and a
   * link-local IPv6 address are on the link of {@code via}; the addresses of this host are on the loopback interface.
   */
  public @Nullable Destination destination(IpAddress address, NetworkInterface via) {
    IpAddress bare = address.withoutZone();
    if (address instanceof Ipv6Address v6 && v6.zone() != null && !via.equals(in(v6.zone()))) {
      return null;
    }
    boolean ofLink = bare.isMulticast() || bare.equals(Ipv4Address.BROADCAST) || !bare.isV4() && bare.isLinkLocal();
    if (ofLink && !isLocal(bare)) {
      Destination.Step step = stepOnLink(via, bare);
      return step.source().isUnspecified() ? null : onLink(via, bare, step);
    }
    return routed(bare, now.hopOver(via.name(), bare),
        (to, former) -> step(to, now.hopOver(via.name(), to), former));
  }

  private @Nullable Destination routed(IpAddress address, HostSnapshot.@Nullable Hop hop, Destination.Lookup lookup) {
    NetworkInterface via = hop == null ? null : named(hop.interfaceName());
    IpAddress source = hop == null ? null : now.sourceFor(hop, address);
    return hop == null || via == null || source == null
        ? null
        : new Destination(this, address, lookup, new Destination.Step(via, hop.address(), source));
  }

  /**
   * Returns the destination for packets of other hosts to {@code address}, or {@code null} if there is no route. It
   * ignores redirects (RFC 1812 section 5.2.7.2), and its source address is unspecified.
   *
   * @param flow selects one of several equal routes: packets with the same value take the same one
   */
  public @Nullable Destination transit(IpAddress address, int flow) {
    Destination.Step step = transitStep(address, flow);
    return step == null ? null : new Destination(this, address, (to, former) -> transitStep(to, flow), step);
  }

  /** Returns whether two of the routes may be equally good for one destination. */
  public boolean hasEqualRoutes() {
    return now.routes().hasEqualRoutes();
  }

  /** Returns whether one of the best routes to {@code address} leads over {@code via}. */
  public boolean leadsOver(NetworkInterface via, IpAddress address) {
    return now.leadsOver(address, via.name());
  }

  private Destination.@Nullable Step transitStep(IpAddress address, int flow) {
    HostSnapshot.Hop hop = now.transitHop(address, flow);
    NetworkInterface via = hop == null ? null : named(hop.interfaceName());
    IpAddress none = address.isV4() ? Ipv4Address.UNSPECIFIED : Ipv6Address.UNSPECIFIED;
    return hop == null || via == null ? null : new Destination.Step(via, hop.address(), none);
  }

  /**
   * Returns the destination for {@code address}, a group or the limited broadcast address, on the link of {@code via}.
   * Its source is the unspecified address if the host has no address of the family.
   */
  public Destination onLink(NetworkInterface via, IpAddress address) {
    return onLink(via, address, stepOnLink(via, address));
  }

  private Destination onLink(NetworkInterface via, IpAddress address, Destination.Step step) {
    return new Destination(this, address, (to, former) -> interfaces.contains(via) ? stepOnLink(via, to) : null, step);
  }

  private Destination.Step stepOnLink(NetworkInterface via, IpAddress address) {
    IpAddress source = now.sourceFor(new HostSnapshot.Hop(via.name(), address), address);
    IpAddress none = address.isV4() ? Ipv4Address.UNSPECIFIED : Ipv6Address.UNSPECIFIED;
    return new Destination.Step(via, address, source == null ? none : source);
  }

  /** Returns the route to {@code address} over {@code hop}, or {@code null} if there is none any more. */
  private Destination.@Nullable Step step(
      IpAddress address, HostSnapshot.@Nullable Hop hop, IpAddress formerSource) {
    NetworkInterface via = hop == null ? null : named(hop.interfaceName());
    if (hop == null || via == null) {
      return null;
    }
    IpAddress source = now.sourceFor(hop, address);
    return new Destination.Step(via, hop.address(), source == null ? formerSource : source);
  }
}
