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
import io.reactorstack.neighbor.ConflictListener;
import io.reactorstack.neighbor.NdpSender;
import io.reactorstack.neighbor.NeighborCache;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.KeyedHash;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.NdpMessage;
import java.util.HashMap;
import java.util.Map;
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
  private final Ipv6Settings settings;
  private final Drops drops;
  private final Counter consumed;
  private final Map<NetworkInterface, NdpLink> links = new HashMap<>();
  private @Nullable KeyedHash secret;

  /**
   * Creates the neighbor discovery of {@code host}, which has no interfaces yet.
   *
   * @param groups joins the solicited-node groups
   * @param settings the settings of all interfaces
   * @param random spreads the tests for duplicates in time; also the source of the secret, if the settings have none
   */
  public NdpHost(
      IpHost host, LoopTurn turn, GroupHost groups, Ipv6Settings settings, RandomGenerator random, Drops drops) {
    this.host = host;
    this.turn = turn;
    this.groups = groups;
    this.settings = settings;
    this.random = random;
    this.drops = drops;
    this.consumed = drops.meters().consumed("ndp");
  }

  /** Subscribes to the solicitations and advertisements of neighbours among {@code icmpv6}, permanently. */
  public void receive(IcmpTypes icmpv6) {
    UnitTaker.subscribe(icmpv6.branch(NdpMessage.NEIGHBOR_SOLICITATION), this::take, drops);
    UnitTaker.subscribe(icmpv6.branch(NdpMessage.NEIGHBOR_ADVERTISEMENT), this::take, drops);
  }

  /**
   * Adds an Ethernet interface, which speaks IPv6 from its first IPv6 address on.
   *
   * @param sender sends the interface's messages
   * @param neighbors the neighbour cache of the interface
   * @param conflicts notified of other stations that use an address of the interface
   */
  public NdpLink attach(
      NetworkInterface networkInterface, NdpSender sender, NeighborCache neighbors, ConflictListener conflicts) {
    var link = new NdpLink(this, networkInterface, sender, neighbors, conflicts);
    links.put(networkInterface, link);
    return link;
  }

  /** Removes an interface: ends the tests of its addresses. */
  public void detach(NetworkInterface networkInterface) {
    NdpLink link = links.remove(networkInterface);
    if (link != null) {
      link.close();
    }
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

  Ipv6Settings settings() {
    return settings;
  }

  RandomGenerator random() {
    return random;
  }

  /** The secret of stable identifiers; drawn when it is first needed, so that hosts without IPv6 draw nothing. */
  KeyedHash secret() {
    KeyedHash known = secret;
    if (known == null) {
      Ipv6Settings.Secret given = settings.secret();
      known = given == null ? new KeyedHash(random) : new KeyedHash(given.high(), given.low());
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
      default -> NdpDrop.NOT_OUR_TARGET;
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

  private static boolean isStation(@Nullable MacAddress mac) {
    return mac == null || !mac.isGroup() && mac.bits() != 0;
  }
}
