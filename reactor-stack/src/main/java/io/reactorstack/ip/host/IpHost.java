package io.reactorstack.ip.host;

import io.reactorstack.device.FrameObserver;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.layer.Egress;
import io.reactorstack.neighbor.Neighbors;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * The network of a host as one of its shards knows it: the interfaces that the shard sends through, the ways that lead over them,
 * and the answers of the latest {@link HostSnapshot}.
 *
 * <p>A {@link Destination} that was looked up in an earlier generation is looked up again when it is next used. What the shard
 * learns of gateways and of paths it tells {@link HostNetwork}, by which the other shards hear of it. Confined to the shard's
 * loop.
 */
public final class IpHost {

  /** A transport that wants to know that less passes to a destination than before. */
  @FunctionalInterface
  public interface PathMtuListener {

    /** Packets above {@code mtu} bytes do not reach {@code destination} any more. */
    void lowered(IpAddress destination, int mtu);
  }

  private final HostNetwork network;
  private final LongSupplier clock;
  private final Duration pathMtuLifetime;
  private final List<PathMtuListener> onPathMtu = new ArrayList<>(1);
  private final List<Consumer<? super InterfaceEvent>> onEvent = new ArrayList<>(4);
  private final List<NetworkInterface> interfaces = new ArrayList<>();
  private final PacketTaps taps;
  private HostSnapshot now = HostSnapshot.EMPTY;

  /**
   * The view of one shard.
   *
   * @param network the host's network, which publishes to this shard from now on
   * @param loop runs tasks on the shard's loop, at once if the caller is on it
   * @param clock the time in nanoseconds
   * @param pathMtuLifetime how long a path MTU below the link's is believed; zero for ever (RFC 1191 section 6.3)
   */
  public IpHost(HostNetwork network, Executor loop, LongSupplier clock, Duration pathMtuLifetime) {
    this.network = network;
    this.clock = clock;
    this.pathMtuLifetime = pathMtuLifetime;
    this.taps = new PacketTaps(clock);
    network.subscribe(loop, new Published());
  }

  /** The host's network, which can be changed there. */
  public HostNetwork network() {
    return network;
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

  private void tell(InterfaceEvent event) {
    onEvent.forEach(listener -> listener.accept(event));
  }

  /** Takes over what the host's network publishes. */
  private final class Published implements HostNetwork.Subscriber {

    @Override
    public void onChange(HostSnapshot next, InterfaceEvent event) {
      take(next);
      tell(event);
      if (event instanceof InterfaceEvent.RouteAdded added && added.gateway() != null) {
        // It may have been asked in vain before it was a gateway.
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
    public void onConflict(InterfaceEvent event) {
      tell(event);
    }

    // RFC 1191 6.2, RFC 8201 5.2: every instance that uses the path is told, whoever has drawn the report.
    @Override
    public void onPathMtu(String interfaceName, IpAddress destination, int mtu) {
      NetworkInterface via = named(interfaceName);
      if (via != null && via.mtus().lower(destination, mtu, via.mtu())) {
        int lowered = via.mtus().of(destination, via.mtu());
        onPathMtu.forEach(listener -> listener.lowered(destination, lowered));
      }
    }

    @Override
    public void onPathsForgotten() {
      interfaces.forEach(each -> each.mtus().clear());
    }
  }

  /**
   * The addresses of the host's interface {@code name}, for the neighbours on its link.
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
   * Begins to send through the host's interface that has {@code addresses}.
   *
   * @param neighbors the stations on its link
   * @param filter takes in the frames of its groups
   * @param egress the source of everything that leaves through it
   */
  public NetworkInterface open(
      InterfaceAddresses addresses, Neighbors neighbors, GroupFilter filter, Egress<OutboundPacket> egress) {
    NetworkInterface opened = new NetworkInterface(
        this, addresses, neighbors, filter, egress, new PathMtus(clock, pathMtuLifetime));
    interfaces.add(opened);
    return opened;
  }

  /** Sends through {@code closed} no more. */
  public void close(NetworkInterface closed) {
    interfaces.remove(closed);
  }

  /**
   * {@code neighbor} has begun to fail, or answers again. If it is a gateway, its routes are used only if no other leads to the
   * destination (RFC 1122 section 3.3.1.5).
   */
  public void onNeighborFailureChanged(IpAddress neighbor) {
    Route route = now.routes().over(neighbor);
    NetworkInterface via = route == null ? null : named(route.interfaceName());
    if (via == null) {
      return;
    }
    boolean failed = via.neighbors().hasFailed(neighbor);
    if (failed != via.now().silentGateways().contains(neighbor)) {
      network.execute(() -> network.gateway(via.name(), neighbor, failed));
    }
  }

  void lowerMtu(NetworkInterface via, IpAddress destination, int mtu) {
    network.execute(() -> network.pathMtu(via.name(), destination, mtu));
  }

  // ---- questions

  /** The network at present. */
  public HostSnapshot now() {
    return now;
  }

  /** The routes as they are now. */
  public RoutingTable routes() {
    return now.routes();
  }

  /** The interfaces that the shard sends through, in order of their addition. */
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
    InterfaceSnapshot owner = now.owner(address);
    return owner == null ? null : named(owner.name());
  }

  /** Whether {@code address} is one of this host's own: an interface's, or any of 127.0.0.0/8. */
  public boolean isLocal(IpAddress address) {
    return now.isLocal(address);
  }

  /**
   * Whether packets to {@code address}, a single host's, are for this host when they arrive on {@code ingress}. Loopback and
   * link-local addresses count on their own interface only.
   */
  public boolean takes(IpAddress address, NetworkInterface ingress) {
    return now.takes(address, ingress.now());
  }

  /** Whether {@code address} is a broadcast address on any of this host's interfaces. */
  public boolean isBroadcast(IpAddress address) {
    return now.isBroadcast(address);
  }

  /** The way to {@code address}, or {@code null} if there is no route or no address to send from. */
  public @Nullable Destination destination(IpAddress address) {
    HostSnapshot.Hop hop = now.hopTo(address);
    NetworkInterface via = hop == null ? null : named(hop.interfaceName());
    IpAddress source = hop == null ? null : now.sourceFor(hop, address);
    return hop == null || via == null || source == null
        ? null
        : new Destination(this, address, null, new Destination.Step(via, hop.address(), source));
  }

  /**
   * The way to everybody on the link of {@code via} by {@code address}, a group or the limited broadcast address. Its source is
   * the unspecified address while the host has none of the family.
   */
  public Destination onLink(NetworkInterface via, IpAddress address) {
    return new Destination(this, address, via, stepOnLink(via, address));
  }

  private Destination.Step stepOnLink(NetworkInterface via, IpAddress address) {
    IpAddress source = now.sourceFor(new HostSnapshot.Hop(via.name(), address), address);
    IpAddress none = address.isV4() ? Ipv4Address.UNSPECIFIED : Ipv6Address.UNSPECIFIED;
    return new Destination.Step(via, address, source == null ? none : source);
  }

  /** The first step to {@code address}, over {@code link} if that is given; {@code null} if nothing leads there any more. */
  Destination.@Nullable Step step(IpAddress address, @Nullable NetworkInterface link, IpAddress formerSource) {
    if (link != null) {
      return interfaces.contains(link) ? stepOnLink(link, address) : null;
    }
    HostSnapshot.Hop hop = now.hopTo(address);
    NetworkInterface via = hop == null ? null : named(hop.interfaceName());
    if (hop == null || via == null) {
      return null;
    }
    IpAddress source = now.sourceFor(hop, address);
    return new Destination.Step(via, hop.address(), source == null ? formerSource : source);
  }
}
