package io.reactorstack.neighbor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.layer.Counter;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Meters;
import io.reactorstack.layer.Originator;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.NdpMessage;
import io.reactorstack.wire.NdpOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sending side of neighbor discovery for IPv6 on one Ethernet interface (RFC 4861): sends the neighbour cache's
 * solicitations, and the messages of the layer above.
 *
 * <p>The messages go straight to {@link LinkOutput}, ahead of the packets that wait for their answers, as those of
 * {@link ArpLayer} do.
 */
public final class NdpSender implements Solicitor {

  private final MacAddress own;
  private final LocalAddresses local;
  private final LinkOutput output;
  private final Drops drops;
  private final ByteBufAllocator allocator;
  private final Counter solicitations;
  private final Counter advertisements;
  private final Counter routerSolicitations;
  private final Counter routerAdvertisements;
  private final Counter redirects;

  /**
   * Creates the sender for the interface of {@code link}.
   *
   * @param output sends the frames
   */
  public NdpSender(LinkContext link, LinkOutput output) {
    this.own = link.mac();
    this.local = link.local();
    this.drops = link.drops();
    this.allocator = link.memory().allocator();
    Meters meters = drops.meters();
    this.solicitations = meters.counter(NeighborMeter.NEIGHBOR_SOLICITATIONS_SENT);
    this.advertisements = meters.counter(NeighborMeter.NEIGHBOR_ADVERTISEMENTS_SENT);
    this.routerSolicitations = meters.counter(NeighborMeter.ROUTER_SOLICITATIONS_SENT);
    this.routerAdvertisements = meters.counter(NeighborMeter.ROUTER_ADVERTISEMENTS_SENT);
    this.redirects = meters.counter(NeighborMeter.REDIRECTS_SENT);
    this.output = output;
  }

  /** The MAC address of the interface. */
  public MacAddress mac() {
    return own;
  }

  @Override
  public void solicit(IpAddress target, @Nullable MacAddress probed) {
    solicit(target, probed, null);
  }

  @Override
  public void solicit(IpAddress target, @Nullable MacAddress probed, @Nullable IpAddress sender) {
    // RFC 4861 7.2.2: the neighbour then learns the address to which it will send its answers.
    IpAddress own = sender != null && local.owns(sender) ? sender : local.sourceFor(target);
    // A solicitation from the unspecified address would be a test for a duplicate of the target, so an interface
    // without an address asks nothing.
    if (target instanceof Ipv6Address wanted && own instanceof Ipv6Address source) {
      // RFC 4861 4.3, 7.2.2: both the multicast request and the unicast probe contain the sender's link-layer address.
      var request = new NdpMessage.NeighborSolicitation(wanted, List.of(new NdpOption.SourceLinkAddress(mac())));
      if (probed == null) {
        multicast(source, wanted.solicitedNode(), request);
      } else {
        transmit(probed, source, wanted, request);
      }
    }
  }

  /** Sends {@code message} to the group {@code destination}. */
  public void multicast(Ipv6Address source, Ipv6Address destination, NdpMessage message) {
    transmit(GroupAddresses.of(destination), source, destination, message);
  }

  /**
   * Sends {@code message} to {@code destination}, after its MAC address has been resolved.
   *
   * @param neighbor the station that has the address {@code destination}
   */
  public void unicast(Neighbor neighbor, Ipv6Address source, Ipv6Address destination, NdpMessage message) {
    ByteBuf bytes = packet(source, destination, message);
    if (bytes == null) {
      return;
    }
    MacAddress to = neighbor.linkAddressFor(
        new LinkPacket(neighbor, EtherType.IPV6, bytes, PacketFacts.LOCAL, Originator.NOBODY));
    if (to != null) {
      transmit(to, bytes);
    }
  }

  private void transmit(MacAddress to, Ipv6Address source, Ipv6Address destination, NdpMessage message) {
    ByteBuf bytes = packet(source, destination, message);
    if (bytes != null) {
      transmit(to, bytes);
    }
  }

  private void transmit(MacAddress to, ByteBuf bytes) {
    output.transmit(new EthernetFrame(to, own, EtherType.IPV6, bytes, PacketFacts.LOCAL));
  }

  /** Returns the IPv6 packet of {@code message}; {@code null} if there is no memory for it. */
  private @Nullable ByteBuf packet(Ipv6Address source, Ipv6Address destination, NdpMessage message) {
    ByteBuf bytes;
    try {
      bytes = Headroom.reserve(allocator, message.length());
    } catch (VirtualMachineError e) {
      // Treat the message as lost on the link: solicitations are repeated, and a soliciting station asks again.
      drops.count(NeighborDrop.NO_MEMORY);
      return null;
    }
    message.write(bytes, source, destination);
    new Ipv6Header(
        0, 0, bytes.readableBytes(), IpProtocol.ICMPV6, NdpMessage.HOP_LIMIT, source, destination).write(bytes);
    switch (message) {
      case NdpMessage.NeighborSolicitation solicitation -> solicitations.increment();
      case NdpMessage.NeighborAdvertisement advertisement -> advertisements.increment();
      case NdpMessage.RouterSolicitation solicitation -> routerSolicitations.increment();
      case NdpMessage.RouterAdvertisement advertisement -> routerAdvertisements.increment();
      case NdpMessage.Redirect redirect -> redirects.increment();
    }
    return bytes;
  }
}
