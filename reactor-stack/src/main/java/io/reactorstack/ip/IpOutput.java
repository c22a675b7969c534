package io.reactorstack.ip;

import io.netty.buffer.ByteBuf;
import io.reactorstack.layer.Drops;
import io.reactorstack.neighbor.OutboundPacket;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.IpDefect;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.RouterAlert;
import org.jspecify.annotations.Nullable;

/** The way out through one interface: a packet gets its header and its next hop, or is refused. */
final class IpOutput {

  private final IpHost host;
  private final NetworkInterface networkInterface;
  private final Drops drops;
  private final IpIdentification identification;
  private final FlowLabels flowLabels;
  private final IpNotices notices;

  IpOutput(IpHost host, NetworkInterface networkInterface, IpNotices notices, PacketNumbers numbers, Drops drops) {
    this.notices = notices;
    this.host = host;
    this.networkInterface = networkInterface;
    this.drops = drops;
    this.identification = numbers.identification();
    this.flowLabels = numbers.flowLabels();
  }

  @Nullable
  OutboundPacket encode(IpPacket packet) {
    IpAddress nextHop = host.nextHop(networkInterface, packet.destination());
    if (nextHop == null) {
      return refuse(packet, IpDrop.NO_ROUTE, 0);
    }
    IpAddress source = packet.source();
    if (source.isV4() != packet.destination().isV4()) {
      return refuse(packet, IpDefect.BAD_VERSION, 0);
    }
    if (packet.hopLimit() == 0 || !isOwnSource(packet) || !networkInterface.carries(packet.destination())) {
      return refuse(packet, IpDrop.BAD_OUTBOUND, 0);
    }
    int mtu = networkInterface.mtu();
    // A super-frame is cut by the device into segments that fit.
    int limit = packet.facts().segmentSize() == 0 ? mtu : 0xffff;
    if (source.headerLength() + packet.headerLength() + packet.payload().readableBytes() > limit) {
      return refuse(packet, IpDrop.TOO_BIG, mtu);
    }
    return switch (source) {
      case Ipv4Address v4 -> {
        writeIpv4(packet, v4, (Ipv4Address) packet.destination());
        yield new OutboundPacket(nextHop, EtherType.IPV4, packet.payload(), packet.facts());
      }
      case Ipv6Address v6 -> {
        writeIpv6(packet, v6, (Ipv6Address) packet.destination());
        yield new OutboundPacket(nextHop, EtherType.IPV6, packet.payload(), packet.facts());
      }
    };
  }

  private void writeIpv4(IpPacket packet, Ipv4Address source, Ipv4Address destination) {
    ByteBuf bytes = packet.payload();
    // RFC 6864 4.1: the identification of a packet that nobody may fragment means nothing.
    int id = packet.dontFragment() ? 0 : identification.next(source, destination, packet.protocol());
    // RFC 3376 4: routers must look at every IGMP message that they forward.
    int options = packet.headerLength();
    Headroom.prepend(bytes, options);
    if (packet.protocol() == IpProtocol.IGMP) {
      RouterAlert.writeIpv4(bytes);
      options += RouterAlert.IPV4_LENGTH;
    }
    new Ipv4Header(
        Ipv4Header.MINIMUM + options,
        packet.trafficClass(),
        Ipv4Header.MINIMUM + bytes.readableBytes(),
        id,
        packet.dontFragment(),
        false,
        0,
        packet.hopLimit(),
        packet.protocol(),
        source,
        destination)
        .write(bytes);
  }

  private void writeIpv6(IpPacket packet, Ipv6Address source, Ipv6Address destination) {
    ByteBuf bytes = packet.payload();
    new Ipv6Header(packet.trafficClass(), flowLabels.of(packet), bytes.readableBytes(), packet.protocol(),
        packet.hopLimit(), source, destination)
        .write(bytes);
  }

  // RFC 1122 3.2.1.3, RFC 4291 2.5.2: from an address of ours; from none only while we learn it, and then to everybody.
  private boolean isOwnSource(IpPacket packet) {
    IpAddress source = packet.source();
    IpAddress destination = packet.destination();
    if (source.isUnspecified()) {
      // RFC 3376 4.2.13: groups are reported before there is an address.
      return destination.equals(Ipv4Address.BROADCAST)
          || (destination.isMulticast() && (!source.isV4() || packet.protocol() == IpProtocol.IGMP));
    }
    boolean loopback = source.isLoopback() || destination.isLoopback();
    return host.isLocal(source) && (!loopback || networkInterface.isLoopback());
  }

  private @Nullable OutboundPacket refuse(IpPacket packet, DropReason reason, int mtu) {
    try {
      notices.undelivered(new Undelivered(packet, reason, mtu));
    } finally {
      drops.drop(packet, reason);
    }
    return null;
  }
}
