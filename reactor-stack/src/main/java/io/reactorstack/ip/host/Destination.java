package io.reactorstack.ip.host;

import io.reactorstack.layer.Egress;
import io.reactorstack.layer.EgressRef;
import io.reactorstack.neighbor.Neighbor;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.Offload;
import io.reactorstack.wire.IpProtocol;
import org.jspecify.annotations.Nullable;

/**
 * The route in use to one address: the interface, the next hop, its neighbour and the source address. A connection, a
 * socket or an answer holds a destination, which follows the changes of the host's network.
 *
 * <p>The route is looked up once. Each use compares the generation of the host's network with that of the lookup; if
 * addresses, routes, a carrier or a gateway have changed, the destination looks the route up again. If there is no
 * route any more, it keeps the last interface, and packets to it are rejected there. Confined to the host's event loop.
 */
public final class Destination implements EgressRef<OutboundPacket> {

  private static final int RESERVED_SCOPE = 0xf;
  private static final long RESERVED_FLAG = 0x0080_0000_0000_0000L;

  private final IpHost host;
  private final IpAddress address;
  private final Lookup lookup;
  private long generation;
  private int moves;
  private NetworkInterface via;
  private IpAddress nextHop;
  private IpAddress source;
  private Neighbor neighbor = Neighbor.NONE;
  /** The last source address that {@link #maySendFrom} accepted; valid within one generation. */
  private @Nullable IpAddress proven;
  private boolean reachable = true;

  /**
   * The result of a route lookup.
   *
   * @param via the interface to send through
   * @param nextHop the router or, on the link, the destination itself
   * @param source the source address
   */
  record Step(NetworkInterface via, IpAddress nextHop, IpAddress source) {}

  /** Looks up the route again after a change of the host's network. */
  @FunctionalInterface
  interface Lookup {

    /**
     * Returns the present route to {@code address}, or {@code null} if there is none any more.
     *
     * @param formerSource the source address so far, for a route that has none
     */
    @Nullable
    Step step(IpAddress address, IpAddress formerSource);
  }

  Destination(IpHost host, IpAddress address, Lookup lookup, Step step) {
    this.host = host;
    this.address = address;
    this.lookup = lookup;
    this.generation = host.now().generation();
    this.via = step.via();
    this.nextHop = step.nextHop();
    this.source = step.source();
  }

  /** The address of the destination. */
  public IpAddress address() {
    return address;
  }

  /** The interface to send through. */
  public NetworkInterface networkInterface() {
    refresh();
    return via;
  }

  @Override
  public Egress<OutboundPacket> egress() {
    refresh();
    return via.egress();
  }

  /** The router or, on the link, the destination itself. */
  public IpAddress nextHop() {
    refresh();
    return nextHop;
  }

  /** The station on the link that receives the packets. */
  public Neighbor neighbor() {
    refresh();
    if (!neighbor.isCurrent()) {
      neighbor = via.neighbors().of(nextHop);
    }
    return neighbor;
  }

  /** The source address for senders that have not chosen one; unspecified if the host has no address of the family. */
  public IpAddress source() {
    refresh();
    return source;
  }

  /** Returns whether a route to the address exists. */
  public boolean isReachable() {
    refresh();
    return reachable;
  }

  /** The number of times that the interface or the next hop has changed. */
  public int moves() {
    refresh();
    return moves;
  }

  private void refresh() {
    if (generation != host.now().generation()) {
      lookUp();
    }
  }

  private void lookUp() {
    generation = host.now().generation();
    neighbor = Neighbor.NONE;
    proven = null;
    Step step = lookup.step(address, source);
    reachable = step != null;
    if (step == null) {
      return;
    }
    if (!step.via().equals(via) || !step.nextHop().equals(nextHop)) {
      moves++;
      via = step.via();
      nextHop = step.nextHop();
    }
    source = step.source();
  }

  /**
   * Returns whether a packet to this destination may have the source address {@code own} (RFC 1122 section 3.2.1.3, RFC
   * 4291 section 2.5.2).
   *
   * @param protocol the protocol of the payload: IGMP may be sent before the host has an address (RFC 3376 section
   *     4.2.13)
   */
  public boolean maySendFrom(IpAddress own, int protocol) {
    refresh();
    if (own.equals(proven)) {
      return true;
    }
    if (!via.carries(address) || isReservedGroup()) {
      return false;
    }
    if (own.isUnspecified()) {
      return address.equals(Ipv4Address.BROADCAST)
          || (address.isMulticast() && (!own.isV4() || protocol == IpProtocol.IGMP));
    }
    // RFC 3927 2.7: no router forwards packets from a link-local address.
    if (own instanceof Ipv4Address v4 && v4.isLinkLocal() && !nextHop.equals(address)) {
      return false;
    }
    boolean loopback = own.isLoopback() || address.isLoopback();
    if (!host.isLocal(own) || (loopback && !via.isLoopback()) || !isCandidate(own)) {
      return false;
    }
    proven = own;
    return true;
  }

  /**
   * Returns whether the address is an IPv6 group to which no host sends: its scope is the reserved F, or the reserved
   * flag of its address is set (RFC 4291 section 2.7). A packet to such a group is accepted, as one of the global scope.
   */
  public boolean isReservedGroup() {
    return address instanceof Ipv6Address v6 && v6.isMulticast()
        && (v6.groupScope() == RESERVED_SCOPE || (v6.high() & RESERVED_FLAG) != 0);
  }

  /**
   * Returns whether {@code own} is among the source addresses for this destination (RFC 6724 section 4): a link-local
   * address is so on its own link only, and a group or link-local destination of IPv6 has sources of its link only.
   */
  public boolean isCandidate(IpAddress own) {
    refresh();
    boolean bound = !own.isV4() && (own.isLinkLocal() || address.isLinkLocal() || address.isMulticast());
    return !bound || via.isLoopback() || via.owns(own);
  }

  /**
   * Confirms that the next hop is reachable, for example on an acknowledgement of new data (RFC 1122 section 3.3.1.4).
   */
  public void confirmNextHop() {
    neighbor().confirm();
  }

  /** Marks the next hop as doubtful, so that the next packet to it starts a probe (RFC 1122 section 3.3.1.4). */
  public void doubtNextHop() {
    neighbor().doubt();
  }

  /**
   * The path MTU, in bytes with the IP header: the link's MTU, unless a smaller path MTU was learnt and has not expired
   * (RFC 1191, RFC 8201).
   */
  public int mtu() {
    refresh();
    return via.mtus().of(address, via.mtuTo(address));
  }

  /**
   * The hop limit of packets whose sender has not chosen one, 1 to 255: for IPv6 that of the link's routers, if they have
   * advertised one (RFC 4861 section 6.3.2), otherwise the host's (RFC 1122 section 3.2.1.7).
   */
  public int hopLimit() {
    refresh();
    int advertised = address.isV4() ? 0 : via.now().ipv6().hopLimit();
    return advertised == 0 ? host.defaultHopLimit() : advertised;
  }

  /**
   * The work on packets that the interface takes over from its senders, in the device or in software. A packet with a
   * segment size may be as long as the offload states if a single segment of it fits {@link #mtu()}.
   */
  public Offload offload() {
    refresh();
    return via.capabilities().offload();
  }

  /** The MTU of the first link, in bytes with the IP header. */
  public int linkMtu() {
    refresh();
    return via.mtuTo(address);
  }

  /**
   * Lowers the path MTU to {@code mtu} bytes and notifies all senders to this address. The caller must have verified
   * that the report belongs to a packet of this host (RFC 5927, RFC 8201 section 4).
   */
  public void lowerMtu(int mtu) {
    refresh();
    host.lowerMtu(via, address, mtu);
  }
}
