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
import io.reactorstack.setting.Checks;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/**
 * What one UDP socket does with multicast groups and broadcast: which it hears, and how it sends to them (RFC 1112 sections 6.1
 * and 7.1).
 *
 * <p>Confined to the host's event loop.
 */
public final class UdpGroups {

  private final IpHost host;
  private final SocketGroups joined;
  private @Nullable String outputInterface;
  private final LastDestination lastUsed;
  private int hopLimit = 1;
  private boolean loop;

  UdpGroups(IpHost host, SocketGroups joined, UdpSettings settings) {
    this.host = host;
    this.lastUsed = new LastDestination(host);
    this.joined = joined;
    this.outputInterface = settings.multicastInterface();
    this.loop = settings.multicastLoop();
  }

  /**
   * Sets the interface through which the socket sends to groups, and on which it joins them if nothing else is said;
   * {@code null} for the one of the address that the socket is bound to, or of the route to the group.
   */
  public void outputInterface(@Nullable String name) {
    outputInterface = name;
  }

  /** Sets the hops of datagrams to groups that have no limit of their own, 0 to 255; with 0 they stay on this host. */
  public void hopLimit(int hops) {
    hopLimit = Checks.range("hopLimit", hops, 0, 255, "hops");
  }

  /** Sets whether sockets of this host that have joined a group get what this one sends to it. */
  public void loop(boolean wanted) {
    loop = wanted;
  }

  int hopLimit() {
    return hopLimit;
  }

  /**
   * Joins a group, in addition to those joined before; joining twice has no effect.
   *
   * @param local what the socket is bound to
   * @throws SocketException if there is no such interface, or too many groups or sources
   * @throws IllegalStateException if the group was joined for everybody and is now to be for one source, or the other way
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

  /** Whether a packet that was sent to more than one host is for this socket. */
  boolean accepts(InboundPacket carrier) {
    return !carrier.destination().isMulticast()
        || joined.accepts(carrier.ingress(), carrier.destination(), carrier.source());
  }

  private NetworkInterface networkInterface(MulticastGroup group, Endpoint local) throws SocketException {
    String name = group.interfaceName();
    Destination path = name == null ? pathTo(group.address(), local) : null;
    NetworkInterface found = path != null ? path.networkInterface() : name == null ? null : host.named(name);
    if (found == null) {
      throw new SocketException("No such device" + (name == null ? "" : ": " + name));
    }
    return found;
  }

  /** How the socket reaches {@code destination}, or {@code null} if it does not. */
  @Nullable
  Destination pathTo(IpAddress destination, Endpoint local) {
    boolean group = destination.isMulticast();
    if (!group && !destination.equals(Ipv4Address.BROADCAST)) {
      return lastUsed.to(destination);
    }
    NetworkInterface chosen = null;
    if (group && outputInterface != null) {
      chosen = host.named(outputInterface);
      return chosen == null ? null : onLink(chosen, destination);
    }
    // As on Linux: who is bound to an address sends to everybody on its link.
    chosen = host.owner(local.address());
    return chosen == null ? host.destination(destination) : onLink(chosen, destination);
  }

  private @Nullable Destination onLink(NetworkInterface via, IpAddress destination) {
    Destination way = host.onLink(via, destination);
    return way.source().isUnspecified() ? null : way;
  }

  /** Whether this host itself is among those who get what is sent to {@code destination} by {@code path}. */
  boolean loops(IpAddress destination, Destination path) {
    var description = path.networkInterface();
    if (description.isLoopback()) {
      // It comes back by itself.
      return false;
    }
    return destination.isMulticast()
        ? loop && description.listensTo(destination)
        : description.isBroadcast(destination);
  }
}
