package io.reactorstack.ip;

import io.reactorstack.device.FrameObserver;
import io.reactorstack.layer.Egress;
import io.reactorstack.neighbor.LocalAddresses;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * What a host's transports need to know of its internet layer: which interface a destination is reached through, with
 * which source address and MTU, and the egress to open an outlet at.
 *
 * <p>Interfaces and routes are immutable snapshots held here; replacing one takes effect with the next packet. The weak
 * host model applies to sending: the destination alone chooses the interface (RFC 1122 section 3.3.4.2).
 *
 * <p>Confined to the host's event loop.
 */
public final class IpHost {

  /** Who wants to know that less passes to a destination than before. */
  @FunctionalInterface
  public interface PathMtuListener {

    /** Packets above {@code mtu} bytes do not reach {@code destination} any more. */
    void lowered(IpAddress destination, int mtu);
  }

  private final LongSupplier clock;
  private final Duration pathMtuLifetime;
  private final List<PathMtuListener> onPathMtu = new ArrayList<>(1);
  private final List<Attachment> attachments = new ArrayList<>();
  private final PacketTaps taps;
  private RoutingTable routes = RoutingTable.EMPTY;
  private Predicate<IpAddress> gatewayFailed = gateway -> false;

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

  PacketTaps taps() {
    return taps;
  }

  /** Adds someone to be told when less passes to a destination than before. */
  public void onPathMtu(PathMtuListener listener) {
    onPathMtu.add(listener);
  }

  /**
   * How a destination is reached.
   *
   * @param attachment the interface to send through
   * @param nextHop the router, or the destination itself
   * @param source the address to send from unless the socket has chosen one
   * @param destination where the path ends
   */
  public record Path(Attachment attachment, IpAddress nextHop, IpAddress source, IpAddress destination) {

    /** Where to open the outlet. */
    public Egress<IpPacket> egress() {
      return attachment.egress;
    }

    /** Says that the next hop has just proved to be there, as by an acknowledgement of new data (RFC 1122 section 3.3.1.4). */
    public void confirmNextHop() {
      attachment.onConfirmed.accept(nextHop);
    }

    /** Says that the next hop does not seem to do its work, and should prove that it is there (RFC 1122 section 3.3.1.4). */
    public void doubtNextHop() {
      attachment.onDoubted.accept(nextHop);
    }

    /**
     * Largest packet that is known to reach the destination whole, in bytes with its IP header: the link's MTU unless
     * something smaller was learnt within the last minutes (RFC 1191, RFC 8201).
     */
    public int mtu() {
      return attachment.mtus.of(destination, linkMtu());
    }

    /** Largest packet that the first link carries, in bytes with its IP header. */
    public int linkMtu() {
      return attachment.current.mtu();
    }

    /**
     * Takes in that packets above {@code mtu} bytes do not reach the destination. The caller has made sure that whoever says so
     * has seen a packet of ours (RFC 5927, RFC 8201 section 4); everyone else who sends there is told.
     */
    public void lowerMtu(int mtu) {
      attachment.lower(destination, mtu);
    }
  }

  /** An interface of this host together with its way out. */
  public static final class Attachment implements LocalAddresses {

    private final IpHost host;
    private final Egress<IpPacket> egress;
    private final PathMtus mtus;
    private IpInterface current;
    private boolean carrying = true;
    private Consumer<? super IpAddress> onConfirmed = nextHop -> {};
    private Consumer<? super IpAddress> onDoubted = nextHop -> {};
    private final List<Runnable> onUpdate = new ArrayList<>(1);

    private Attachment(IpHost host, IpInterface current, Egress<IpPacket> egress) {
      this.host = host;
      this.mtus = new PathMtus(host.clock, host.pathMtuLifetime);
      this.current = current;
      this.egress = egress;
    }

    /** The interface as it is now. */
    public IpInterface current() {
      return current;
    }

    /** The source of everything that leaves through this interface. */
    public Egress<IpPacket> egress() {
      return egress;
    }

    /**
     * Replaces the snapshot, as when an address is added.
     *
     * @throws IllegalArgumentException if the name is another one
     */
    public void update(IpInterface next) {
      if (!next.name().equals(current.name())) {
        throw new IllegalArgumentException(current.name() + " cannot become " + next.name());
      }
      current = next;
      onUpdate.forEach(Runnable::run);
    }

    /** Adds someone to be told of each {@link #update}, after it. */
    public void onUpdate(Runnable listener) {
      onUpdate.add(listener);
    }

    /**
     * Whether the medium carries packets at present. While it does not, a destination is reached over another interface if a
     * route leads there.
     */
    public void carrying(boolean up) {
      carrying = up;
    }

    /** Packets may take other ways from now on: what is known of the old ones' MTUs counts no more. */
    public void forgetPathMtus() {
      mtus.clear();
    }

    /** Sets who is told of next hops that proved to be there: the interface's neighbour cache. */
    public void onConfirmed(Consumer<? super IpAddress> listener) {
      onConfirmed = listener;
    }

    /** Sets who is told of next hops that seem to have gone: the interface's neighbour cache. */
    public void onDoubted(Consumer<? super IpAddress> listener) {
      onDoubted = listener;
    }

    @Override
    public boolean owns(IpAddress address) {
      return current.owns(address);
    }

    @Override
    public boolean isBroadcast(IpAddress address) {
      return current.isBroadcast(address);
    }

    @Override
    public @Nullable IpAddress sourceFor(IpAddress target) {
      return SourceSelection.select(current.addresses(), target, target);
    }

    private String name() {
      return current.name();
    }

    // RFC 1191 6.2, RFC 8201 5.2: every instance that uses the path is told, whoever has drawn the report.
    private void lower(IpAddress destination, int mtu) {
      if (mtus.lower(destination, mtu, current.mtu())) {
        int lowered = mtus.of(destination, current.mtu());
        host.onPathMtu.forEach(listener -> listener.lowered(destination, lowered));
      }
    }
  }

  /**
   * Adds an interface; routes to its networks are the caller's to add.
   *
   * @throws IllegalArgumentException if the name is taken
   */
  public Attachment attach(IpInterface added, Egress<IpPacket> egress) {
    if (named(added.name()) != null) {
      throw new IllegalArgumentException("there is an interface " + added.name());
    }
    Attachment attachment = new Attachment(this, added, egress);
    attachments.add(attachment);
    return attachment;
  }

  /** Removes an interface; its routes stay and are not used. */
  public void detach(Attachment attachment) {
    attachments.remove(attachment);
  }

  /** The interfaces, in order of their addition. */
  public List<Attachment> attachments() {
    return List.copyOf(attachments);
  }

  /** The interface of this name, or {@code null}. */
  public @Nullable Attachment named(String name) {
    for (int i = 0; i < attachments.size(); i++) {
      if (attachments.get(i).name().equals(name)) {
        return attachments.get(i);
      }
    }
    return null;
  }

  /** The routes as they are now. */
  public RoutingTable routes() {
    return routes;
  }

  /** Replaces the routes. */
  public void routes(RoutingTable next) {
    routes = next;
  }

  /**
   * Says how to tell that a gateway does not answer: such a gateway's routes are used only if no other leads to the
   * destination (RFC 1122 section 3.3.1.5).
   */
  public void onGatewayFailure(Predicate<IpAddress> failed) {
    gatewayFailed = failed;
  }

  /** Whether {@code address} is one of this host's own: an interface's, or any of 127.0.0.0/8. */
  public boolean isLocal(IpAddress address) {
    if (address.isLoopback()) {
      return true;
    }
    for (int i = 0; i < attachments.size(); i++) {
      if (attachments.get(i).current.owns(address)) {
        return true;
      }
    }
    return false;
  }

  /** Whether {@code address} is a broadcast address on any of this host's interfaces. */
  public boolean isBroadcast(IpAddress address) {
    for (int i = 0; i < attachments.size(); i++) {
      if (attachments.get(i).current.isBroadcast(address)) {
        return true;
      }
    }
    return address.equals(Ipv4Address.BROADCAST);
  }

  /** How {@code destination} is reached, or {@code null} if there is no route or no address to send from. */
  public @Nullable Path pathTo(IpAddress destination) {
    if (destination.isUnspecified()) {
      return null;
    }
    if (isLocal(destination)) {
      return localPath(destination);
    }
    Route route = route(destination, candidate -> named(candidate.interfaceName()) != null);
    if (route != null) {
      return path(named(route.interfaceName()), destination, nextHop(route, destination));
    }
    return isLinkWide(destination) ? path(firstLink(), destination, destination) : null;
  }

  /**
   * How everybody on {@code attachment}'s link is reached by {@code destination}, a group or the limited broadcast address;
   * {@code null} if there is no address to send from.
   */
  public @Nullable Path linkWidePath(Attachment attachment, IpAddress destination) {
    return path(attachment, destination, destination);
  }

  /** The interface that has {@code address}, or {@code null}. */
  public @Nullable Attachment owner(IpAddress address) {
    for (int i = 0; i < attachments.size(); i++) {
      if (attachments.get(i).current.owns(address)) {
        return attachments.get(i);
      }
    }
    return null;
  }

  /** Where a packet that leaves through {@code attachment} goes next, or {@code null} if no route leads there. */
  @Nullable
  IpAddress nextHop(Attachment attachment, IpAddress destination) {
    if (attachment.current.isLoopback() || isLinkWide(destination) || attachment.current.isBroadcast(destination)) {
      return destination;
    }
    Route route = route(destination, candidate -> candidate.interfaceName().equals(attachment.name()));
    return route == null ? null : route.nextHop(destination);
  }

  private @Nullable Route route(IpAddress destination, Predicate<Route> usable) {
    Route alive = routes.lookup(
        destination,
        route -> usable.test(route) && isCarrying(route.interfaceName())
            && (route.gateway() == null || !gatewayFailed.test(route.gateway())));
    return alive != null ? alive : routes.lookup(destination, usable);
  }

  private boolean isCarrying(String interfaceName) {
    Attachment attachment = named(interfaceName);
    return attachment != null && attachment.carrying;
  }

  // RFC 1122 3.3.1.1 (a), RFC 1112 6.2: limited broadcast and groups go to the link itself, whatever the route says.
  private IpAddress nextHop(Route route, IpAddress destination) {
    return isLinkWide(destination) || isBroadcast(destination) ? destination : route.nextHop(destination);
  }

  private static boolean isLinkWide(IpAddress destination) {
    return destination.isMulticast() || destination.equals(Ipv4Address.BROADCAST);
  }

  private @Nullable Path localPath(IpAddress destination) {
    Attachment loopback = named(IpInterface.LOOPBACK);
    // RFC 1122 3.3.4.3: a host that talks to itself uses the address it was called by.
    return loopback == null ? null : new Path(loopback, destination, destination, destination);
  }

  private @Nullable Attachment firstLink() {
    for (int i = 0; i < attachments.size(); i++) {
      if (!attachments.get(i).current.isLoopback()) {
        return attachments.get(i);
      }
    }
    return null;
  }

  private @Nullable Path path(@Nullable Attachment attachment, IpAddress destination, IpAddress nextHop) {
    if (attachment == null) {
      return null;
    }
    IpAddress source = SourceSelection.select(attachment.current.addresses(), destination, nextHop);
    if (source == null) {
      source = SourceSelection.select(addressesOffLoopback(), destination, nextHop);
    }
    return source == null ? null : new Path(attachment, nextHop, source, destination);
  }

  /** An unnumbered interface sends from another interface's address. */
  private List<IpPrefix> addressesOffLoopback() {
    List<IpPrefix> all = new ArrayList<>();
    for (Attachment attachment : attachments) {
      if (!attachment.current.isLoopback()) {
        all.addAll(attachment.current.addresses());
      }
    }
    return all;
  }
}
