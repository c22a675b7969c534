package io.reactorstack.udp;

import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.LastDestination;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.multicast.SocketGroups;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.setting.Checks;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/**
 * The interfaces and groups of one UDP socket: those from which it receives, and the routes by which it sends to hosts,
 * groups and broadcast addresses (RFC 1112 sections 6.1 and 7.1).
 *
 * <p>Confined to the host's event loop.
 */
public final class UdpGroups {

  private final IpHost host;
  private final SocketGroups joined;
  private final @Nullable String onlyInterface;
  private @Nullable String outputInterface;
  private final LastDestination lastUsed;
  private int hopLimit = 1;
  private boolean loop;

  UdpGroups(IpHost host, SocketGroups joined, UdpSettings settings) {
    this.host = host;
    this.lastUsed = new LastDestination(this::route);
    this.joined = joined;
    this.onlyInterface = settings.interfaceName();
    this.outputInterface = settings.multicastInterface();
    this.loop = settings.multicastLoop();
  }

  /**
   * Sets the interface through which the socket sends to groups, and on which it joins a group that names no interface.
   * With {@code null} it is the interface of the address that the socket is bound to, or else of the route to the
   * group.
   */
  public void outputInterface(@Nullable String name) {
    outputInterface = name;
  }

  /**
   * Sets the hop limit of datagrams to groups that have none of their own, 0 to 255; with 0 they do not leave this
   * host.
   */
  public void hopLimit(int hops) {
    hopLimit = Checks.range("hopLimit", hops, 0, 255, "hops");
  }

  /** Sets whether sockets of this host that have joined a group receive the datagrams that this socket sends to it. */
  public void loop(boolean wanted) {
    loop = wanted;
  }

  int hopLimit() {
    return hopLimit;
  }

  /**
   * Joins a group, in addition to those joined before; joining twice has no effect.
   *
   * @param local the local endpoint of the socket
   * @throws SocketException if the interface does not exist, or there are too many groups or sources
   * @throws IllegalStateException if the group was joined for all sources and {@code group} names one, or vice versa
   */
  void join(MulticastGroup group, Endpoint local) throws SocketException {
    joined.join(networkInterface(group, local), group.address(), group.source());
  }

  void leave(MulticastGroup group, Endpoint local) throws SocketException {
    joined.leave(networkInterface(group, local), group.address(), group.source());
  }

  void block(MulticastGroup group, IpAddress source, Endpoint local) throws SocketException {
    joined.block(networkInterface(group, local), group.address(), source);
  }

  void unblock(MulticastGroup group, IpAddress source, Endpoint local) throws SocketException {
    joined.unblock(networkInterface(group, local), group.address(), source);
  }

  boolean isMember(MulticastGroup group, Endpoint local) throws SocketException {
    return !joined.filter(networkInterface(group, local), group.address()).isNone();
  }

  void close() {
    joined.close();
  }

  /**
   * Returns whether the socket accepts a packet that was sent to more than one host: any broadcast, and groups that it
   * has joined.
   */
  boolean accepts(InboundPacket carrier) {
    return isOn(carrier.ingress()) && (!carrier.destination().isMulticast()
        || joined.accepts(carrier.ingress(), carrier.destination(), carrier.source()));
  }

  private NetworkInterface networkInterface(MulticastGroup group, Endpoint local) throws SocketException {
    String name = group.interfaceName();
    Destination path = name == null ? pathTo(group.address(), local) : null;
    NetworkInterface found = path != null
        ? path.networkInterface()
        : name == null ? null : host.in(Ipv6Address.Zone.of(name));
    if (found == null) {
      throw new SocketException("No such device" + (name == null ? "" : ": " + name));
    }
    return found;
  }

  /**
   * Returns the destination through which the socket sends to {@code destination}, or {@code null} if there is no
   * route.
   */
  @Nullable
  Destination pathTo(IpAddress destination, Endpoint local) {
    if (destination instanceof Ipv6Address v6 && v6.zone() != null) {
      return lastUsed.to(destination);
    }
    boolean group = destination.isMulticast();
    if (onlyInterface != null) {
      return lastUsed.to(destination);
    }
    if (!group && !destination.equals(Ipv4Address.BROADCAST)) {
      return lastUsed.to(destination);
    }
    NetworkInterface chosen = null;
    if (group && outputInterface != null) {
      chosen = host.named(outputInterface);
      return chosen == null ? null : onLink(chosen, destination);
    }
    // As on Linux: a socket that is bound to an address sends broadcasts and multicasts on the link of that address.
    chosen = host.owner(local.address());
    return chosen == null ? host.destination(destination) : onLink(chosen, destination);
  }

  /** Returns whether the socket receives packets that arrive on {@code ingress}; true for {@code null}. */
  boolean isOn(@Nullable NetworkInterface ingress) {
    return onlyInterface == null || ingress == null || onlyInterface.equals(ingress.name());
  }

  /** Returns whether some packets are for both this socket and one of the interface {@code only}, or of all. */
  boolean sharesInterface(@Nullable String only) {
    return onlyInterface == null || only == null || onlyInterface.equals(only);
  }

  private @Nullable Destination route(IpAddress destination) {
    if (onlyInterface == null) {
      return host.destination(destination);
    }
    NetworkInterface via = host.named(onlyInterface);
    return via == null ? null : host.destination(destination, via);
  }

  private @Nullable Destination onLink(NetworkInterface via, IpAddress destination) {
    Destination route = host.onLink(via, destination);
    return route.source().isUnspecified() ? null : route;
  }

  /** Returns whether this host must receive its own datagrams to {@code destination}, sent by {@code path}. */
  boolean loops(IpAddress destination, Destination path) {
    var description = path.networkInterface();
    if (description.isLoopback()) {
      // The loopback interface delivers the packet to this host anyway.
      return false;
    }
    return destination.isMulticast()
        ? loop && description.listensTo(destination)
        : description.isBroadcast(destination);
  }
}
