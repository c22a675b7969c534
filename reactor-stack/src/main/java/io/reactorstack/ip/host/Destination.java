package io.reactorstack.ip.host;

import io.reactorstack.layer.Egress;
import io.reactorstack.layer.Way;
import io.reactorstack.neighbor.Neighbor;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.wire.IpProtocol;
import org.jspecify.annotations.Nullable;

/**
 * The way to one address: the interface, the next hop and the address to send from. A connection, a socket or an answer holds
 * it and follows it.
 *
 * <p>It is looked up once. Each use compares the host's generation with that of the look-up; when addresses, routes, a
 * carrier or a gateway have changed since, it is looked up again. Without a way any more it stays with the last interface, and
 * what is sent to it is refused there. Confined to the host's event loop.
 */
public final class Destination implements Way<OutboundPacket> {

  private final IpHost host;
  private final IpAddress address;
  /** The link that everybody on is meant, if this is a group's or a broadcast address on one interface. */
  private final @Nullable NetworkInterface link;
  private long generation;
  private int moves;
  private NetworkInterface via;
  private IpAddress nextHop;
  private IpAddress source;
  private Neighbor neighbor = Neighbor.NONE;
  /** The last address that a packet was sent from; it may still be used in this generation. */
  private @Nullable IpAddress proven;
  private boolean reachable = true;

  /**
   * The first step of a way.
   *
   * @param via the interface to send through
   * @param nextHop the router or, on-link, the destination itself
   * @param source the address to send from
   */
  record Step(NetworkInterface via, IpAddress nextHop, IpAddress source) {}

  Destination(IpHost host, IpAddress address, @Nullable NetworkInterface link, Step step) {
    this.host = host;
    this.address = address;
    this.link = link;
    this.generation = host.now().generation();
    this.via = step.via();
    this.nextHop = step.nextHop();
    this.source = step.source();
  }

  /** The address that the way ends at. */
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

  /** The router, or the destination itself. */
  public IpAddress nextHop() {
    refresh();
    return nextHop;
  }

  /** The station that packets are given to on the link. */
  public Neighbor neighbor() {
    refresh();
    if (!neighbor.isCurrent()) {
      neighbor = via.neighbors().of(nextHop);
    }
    return neighbor;
  }

  /** The address to send from unless the sender has chosen one; unspecified if the host has none of the family. */
  public IpAddress source() {
    refresh();
    return source;
  }

  /** Whether there is a way at present. */
  public boolean isReachable() {
    refresh();
    return reachable;
  }

  /** Number of times that the interface or the next hop has become another one. */
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
    Step step = host.step(address, link, source);
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
   * Whether a packet may leave for here from {@code own} (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.2).
   *
   * @param protocol that of the payload: groups are reported before there is an address (RFC 3376 section 4.2.13)
   */
  public boolean maySendFrom(IpAddress own, int protocol) {
    refresh();
    if (own.equals(proven)) {
      return true;
    }
    if (!via.carries(address)) {
      return false;
    }
    if (own.isUnspecified()) {
      return address.equals(Ipv4Address.BROADCAST)
          || (address.isMulticast() && (!own.isV4() || protocol == IpProtocol.IGMP));
    }
    boolean loopback = own.isLoopback() || address.isLoopback();
    if (!host.isLocal(own) || (loopback && !via.isLoopback())) {
      return false;
    }
    proven = own;
    return true;
  }

  /** Says that the next hop has just proved to be there, as by an acknowledgement of new data (RFC 1122 section 3.3.1.4). */
  public void confirmNextHop() {
    neighbor().confirm();
  }

  /** Says that the next hop does not seem to do its work, and should prove that it is there (RFC 1122 section 3.3.1.4). */
  public void doubtNextHop() {
    neighbor().doubt();
  }

  /**
   * Largest packet that is known to arrive whole, in bytes with its IP header: the link's MTU unless something smaller was
   * learnt within the last minutes (RFC 1191, RFC 8201).
   */
  public int mtu() {
    refresh();
    return via.mtus().of(address, via.mtu());
  }

  /** Largest packet that the first link carries, in bytes with its IP header. */
  public int linkMtu() {
    refresh();
    return via.mtu();
  }

  /**
   * Takes in that packets above {@code mtu} bytes do not arrive. The caller has made sure that the reporter has seen a packet
   * of ours (RFC 5927, RFC 8201 section 4); everyone else who sends there is told.
   */
  public void lowerMtu(int mtu) {
    refresh();
    host.lowerMtu(via, address, mtu);
  }
}
