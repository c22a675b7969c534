package io.reactorstack.ndp;

import io.reactorstack.icmp.IcmpTypes;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Counter;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.UnitTaker;
import io.reactorstack.multicast.GroupHost;
import io.reactorstack.neighbor.NdpSender;
import io.reactorstack.neighbor.NeighborCache;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.KeyedHash;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.NdpMessage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Neighbor discovery of a host (RFC 4861): verifies received messages, and passes them to the interface on which they
 * have arrived.
 *
 * <p>Confined to the host's event loop.
 */
// Public only for the packages that assemble the stack; users meet Ipv6Settings. The types used here are not exported
// from the module.
@SuppressWarnings("exports")
public final class NdpHost {

  private final IpHost host;
  private final LoopTurn turn;
  private final GroupHost groups;
  private final RandomGenerator random;
  private final Drops drops;
  private final Counter consumed;
  /** In the order of their addition, so that runs repeat exactly. */
  private final Map<NetworkInterface, NdpLink> links = new LinkedHashMap<>();
  private @Nullable KeyedHash secret;
  private boolean forwards;

  /**
   * Creates the neighbor discovery of {@code host}, which has no interfaces yet.
   *
   * @param groups joins the solicited-node groups
   * @param random spreads the tests for duplicates in time; also the source of the secret of interfaces whose settings have none
   */
  public NdpHost(
      IpHost host, LoopTurn turn, GroupHost groups, RandomGenerator random, Drops drops) {
    this.host = host;
    this.turn = turn;
    this.groups = groups;
    this.random = random;
    this.drops = drops;
    this.consumed = drops.meters().consumed("ndp");
    Runnable changed = turn.coalesced(() -> links.values().forEach(NdpLink::onNetworkChanged));
    host.onEvent(event -> {
      if (forwards || advertises()) {
        changed.run();
      }
    });
  }

  private boolean advertises() {
    for (NdpLink link : links.values()) {
      if (link.advertisement() != null) {
        return true;
      }
    }
    return false;
  }

  /**
   * Sets whether the host forwards packets; it does not at first. A router says so to its neighbours, and accepts other
   * things from routers than a host.
   */
  public void forwarding(boolean on) {
    if (forwards != on) {
      forwards = on;
      links.values().forEach(NdpLink::onForwardingChanged);
    }
  }

  /** Returns whether the host forwards packets. */
  boolean forwards() {
    return forwards;
  }

  /** Subscribes to the messages of neighbours and routers among {@code icmpv6}, permanently. */
  public void receive(IcmpTypes icmpv6) {
    UnitTaker.subscribe(icmpv6.branch(NdpMessage.NEIGHBOR_SOLICITATION), this::take, drops);
    UnitTaker.subscribe(icmpv6.branch(NdpMessage.NEIGHBOR_ADVERTISEMENT), this::take, drops);
    UnitTaker.subscribe(icmpv6.branch(NdpMessage.ROUTER_ADVERTISEMENT), this::take, drops);
    UnitTaker.subscribe(icmpv6.branch(NdpMessage.ROUTER_SOLICITATION), this::take, drops);
    UnitTaker.subscribe(icmpv6.branch(NdpMessage.REDIRECT), this::take, drops);
  }

  /**
   * Adds an Ethernet interface, which speaks IPv6 from its first IPv6 address on.
   *
   * @param sender sends the interface's messages
   * @param neighbors the neighbour cache of the interface
   * @param settings the settings of the interface
   * @param whenForwarding the settings of what the interface accepts from routers while the host is one itself
   * @param owner notified of other stations that use an address of the interface; removes its addresses
   */
  public NdpLink attach(NetworkInterface networkInterface, NdpSender sender, NeighborCache neighbors,
      Ipv6Settings settings, Ipv6Settings.Routers whenForwarding, NdpLink.Owner owner) {
    var link = new NdpLink(this, networkInterface, sender, neighbors, settings, whenForwarding, owner);
    links.put(networkInterface, link);
    return link;
  }

  /**
   * Returns a link-local address with a stable identifier for the interface {@code name}, which is not Ethernet: there is
   * no other station that could have it (RFC 4291 section 2.1).
   */
  public IpPrefix linkLocal(String name, Ipv6Settings settings) {
    return new InterfaceIdentifiers(Ipv6Settings.Identifiers.STABLE, () -> secret(settings), name, MacAddress.BROADCAST)
        .in(NdpLink.LINK_LOCAL, 0);
  }

  /** Removes an interface: ends the tests of its addresses. */
  public void detach(NetworkInterface networkInterface) {
    NdpLink link = links.remove(networkInterface);
    if (link != null) {
      link.close();
    }
  }

  /**
   * Informs the sender of {@code packet}, a station of the link on which it arrived, that {@code firstHop} on that link is
   * a better first hop (RFC 4861 section 8.2).
   *
   * @param limit decides whether a message about the packet may be sent now, and counts it
   */
  public void redirect(InboundPacket packet, Ipv6Address firstHop, Predicate<? super InboundPacket> limit) {
    NdpLink link = links.get(packet.ingress());
    if (link != null) {
      link.redirect(packet, firstHop, limit);
    }
  }

  /** Sends the last router advertisements, because the host ends. */
  public void leave() {
    links.values().forEach(NdpLink::leave);
  }

  IpHost host() {
    return host;
  }

  LoopTurn turn() {
    return turn;
  }

  GroupHost groups() {
    return groups;
  }

  /** Counts what is ignored of a message that is otherwise processed. */
  Consumer<NdpDrop> notices() {
    return drops::count;
  }

  RandomGenerator random() {
    return random;
  }

  /**
   * The secret of the stable identifiers of an interface. If its settings have none, the host's is drawn when it is first
   * needed, so that hosts without IPv6 draw nothing.
   */
  KeyedHash secret(Ipv6Settings settings) {
    Ipv6Settings.Secret given = settings.secret();
    if (given != null) {
      return new KeyedHash(given.high(), given.low());
    }
    KeyedHash known = secret;
    if (known == null) {
      known = new KeyedHash(random);
      secret = known;
    }
    return known;
  }

  private void take(InboundPacket packet) {
    try {
      NdpDrop reason = judge(packet);
      if (reason != null) {
        drops.count(reason);
      }
    } finally {
      packet.release();
    }
  }

  /** Handles a message; returns the reason to drop it, or {@code null} if it was consumed or already counted. */
  private @Nullable NdpDrop judge(InboundPacket packet) {
    NdpMessage message = NdpMessage.parse(packet.payload(), packet, drops);
    if (message == null) {
      return null;
    }
    if (packet.hopLimit() != NdpMessage.HOP_LIMIT) {
      return NdpDrop.BAD_HOP_LIMIT;
    }
    NdpLink link = links.get(packet.ingress());
    if (link == null) {
      return NdpDrop.NO_INTERFACE;
    }
    NdpDrop reason = switch (message) {
      case NdpMessage.NeighborSolicitation solicitation -> onSolicitation(link, packet, solicitation);
      case NdpMessage.NeighborAdvertisement advertisement -> onAdvertisement(link, packet, advertisement);
      case NdpMessage.RouterAdvertisement advertisement -> onRouterAdvertisement(link, packet, advertisement);
      case NdpMessage.Redirect redirect -> onRedirect(link, packet, redirect);
      case NdpMessage.RouterSolicitation solicitation -> onRouterSolicitation(link, packet, solicitation);
    };
    if (reason == null) {
      consumed.increment();
    }
    return reason;
  }

  // RFC 4861 7.1.1
  private static @Nullable NdpDrop onSolicitation(
      NdpLink link, InboundPacket packet, NdpMessage.NeighborSolicitation solicitation) {
    MacAddress mac = solicitation.sourceLinkAddress();
    Ipv6Address source = (Ipv6Address) packet.source();
    if (source.isUnspecified()) {
      if (!packet.destination().equals(solicitation.target().solicitedNode())) {
        return NdpDrop.BAD_DESTINATION;
      }
      return mac == null ? link.onProbe(solicitation) : NdpDrop.LINK_ADDRESS_WITHOUT_SOURCE;
    }
    return isStation(mac) ? link.onSolicitation(source, solicitation) : NdpDrop.BAD_LINK_ADDRESS;
  }

  // RFC 4861 7.1.2
  private static @Nullable NdpDrop onAdvertisement(
      NdpLink link, InboundPacket packet, NdpMessage.NeighborAdvertisement advertisement) {
    if (advertisement.solicited() && packet.destination().isMulticast()) {
      return NdpDrop.SOLICITED_TO_GROUP;
    }
    return isStation(advertisement.targetLinkAddress())
        ? link.onAdvertisement(advertisement)
        : NdpDrop.BAD_LINK_ADDRESS;
  }

  // RFC 4861 6.1.1
  private static @Nullable NdpDrop onRouterSolicitation(
      NdpLink link, InboundPacket packet, NdpMessage.RouterSolicitation solicitation) {
    MacAddress mac = solicitation.sourceLinkAddress();
    Ipv6Address source = (Ipv6Address) packet.source();
    if (source.isUnspecified() && mac != null) {
      return NdpDrop.LINK_ADDRESS_WITHOUT_SOURCE;
    }
    return isStation(mac) ? link.onRouterSolicitation(source, solicitation) : NdpDrop.BAD_LINK_ADDRESS;
  }

  // RFC 4861 6.1.2
  private static @Nullable NdpDrop onRouterAdvertisement(
      NdpLink link, InboundPacket packet, NdpMessage.RouterAdvertisement advertisement) {
    Ipv6Address source = (Ipv6Address) packet.source();
    if (!source.isLinkLocal()) {
      return NdpDrop.NOT_LINK_LOCAL;
    }
    return isStation(advertisement.sourceLinkAddress())
        ? link.onRouterAdvertisement(source, advertisement)
        : NdpDrop.BAD_LINK_ADDRESS;
  }

  // RFC 4861 8.1
  private static @Nullable NdpDrop onRedirect(NdpLink link, InboundPacket packet, NdpMessage.Redirect redirect) {
    Ipv6Address source = (Ipv6Address) packet.source();
    if (!source.isLinkLocal()) {
      return NdpDrop.NOT_LINK_LOCAL;
    }
    return isStation(redirect.targetLinkAddress()) ? link.onRedirect(source, redirect) : NdpDrop.BAD_LINK_ADDRESS;
  }

  private static boolean isStation(@Nullable MacAddress mac) {
    return mac == null || !mac.isGroup() && mac.bits() != 0;
  }
}
