package io.reactorstack.ip.output;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.ip.host.PacketTaps;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.FrameCounts;
import io.reactorstack.layer.Rejection;
import io.reactorstack.layer.SendingStage;
import io.reactorstack.layer.Stage;
import io.reactorstack.neighbor.LinkPacket;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.PacketFields;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * The sending direction of the internet layer on one interface (RFC 791, RFC 8200, RFC 1122 section 3): writes the
 * header of each packet and passes it on with its next hop, or rejects the packet to its originator.
 *
 * <p>The packet's {@code Destination} has determined the interface and the next hop before; this stage looks up
 * nothing.
 */
public final class IpOutput implements SendingStage<OutboundPacket, LinkPacket> {

  private final PacketTaps taps;
  private final NetworkInterface networkInterface;
  private final IpIdentification identification;
  private final FlowLabels flowLabels;
  private final Drops drops;

  /**
   * Creates the output of {@code networkInterface}.
   *
   * @param host the host, for its packet observers
   * @param networkInterface the interface
   * @param numbers the identifications and flow labels of the packets
   * @param drops counts dropped packets
   */
  public IpOutput(IpHost host, NetworkInterface networkInterface, PacketNumbers numbers, Drops drops) {
    this.taps = host.taps();
    this.networkInterface = networkInterface;
    this.identification = numbers.identification();
    this.flowLabels = numbers.flowLabels();
    this.drops = drops;
  }

  /**
   * Writes the header of each packet for a link whose next hops need address resolution.
   *
   * <p><b>Backpressure:</b> demand is requested from {@code above} one for one, and a dropped packet is replaced by a
   * request for one more. <b>Buffer ownership:</b> packets pass to the subscriber. <b>Threading:</b> the event loop.
   * <b>Cancellation:</b> cancels the source.
   */
  @Override
  public Flux<LinkPacket> send(Flux<OutboundPacket> above) {
    return Stage.of(above, this::encode, drops);
  }

  /** Returns the same stage for a medium whose frames are packets: a TUN device, or the loopback. */
  public SendingStage<OutboundPacket, Frame> bare() {
    FrameCounts counts = FrameCounts.in(drops.meters());
    return above -> Stage.of(above, packet -> encodeBare(packet, counts), drops);
  }

  private @Nullable LinkPacket encode(OutboundPacket packet) {
    if (!write(packet)) {
      return null;
    }
    int type = packet.source().isV4() ? EtherType.IPV4 : EtherType.IPV6;
    return new LinkPacket(packet.way().neighbor(), type, packet.payload(), packet.facts(), packet.originator());
  }

  private @Nullable Frame encodeBare(OutboundPacket packet, FrameCounts counts) {
    if (!write(packet)) {
      return null;
    }
    Frame frame = new Frame(packet.payload(), packet.facts());
    counts.onSent(frame);
    return frame;
  }

  /** Writes the header in front of the payload; returns {@code false} if the packet cannot leave and was dropped. */
  private boolean write(OutboundPacket packet) {
    Destination way = packet.way();
    IpAddress source = packet.source();
    if (way.networkInterface() != networkInterface || !way.isReachable()) {
      return refuse(packet, IpDrop.NO_ROUTE, Rejection.of(Rejection.Why.NO_ROUTE));
    }
    if (source.isV4() != way.address().isV4()) {
      return refuse(packet, IpDrop.BAD_OUTBOUND, Rejection.of(Rejection.Why.INVALID));
    }
    if (packet.fields().hopLimit() == 0 || !way.maySendFrom(source, packet.protocol())) {
      return refuse(packet, IpDrop.BAD_OUTBOUND, Rejection.of(Rejection.Why.INVALID));
    }
    int mtu = networkInterface.mtu();
    // The device cuts a super-frame into segments that fit.
    int limit = packet.facts().segmentSize() == 0 ? mtu : 0xffff;
    if (source.headerLength() + packet.options().length() + packet.payload().readableBytes() > limit) {
      return refuse(packet, IpDrop.TOO_BIG, Rejection.tooBig(mtu));
    }
    switch (source) {
      case Ipv4Address v4 -> writeIpv4(packet, v4, (Ipv4Address) way.address());
      case Ipv6Address v6 -> writeIpv6(packet, v6, (Ipv6Address) way.address());
    }
    taps.show(Direction.SENT, packet.payload(), packet.facts());
    return true;
  }

  private void writeIpv4(OutboundPacket packet, Ipv4Address source, Ipv4Address destination) {
    ByteBuf bytes = packet.payload();
    PacketFields fields = packet.fields();
    // RFC 6864 4.1: the identification of a packet that must not be fragmented has no meaning.
    int id = fields.dontFragment() ? 0 : identification.next(source, destination, packet.protocol());
    packet.options().write(bytes);
    new Ipv4Header(
        Ipv4Header.MINIMUM + packet.options().length(),
        fields.trafficClass(),
        Ipv4Header.MINIMUM + bytes.readableBytes(),
        id,
        fields.dontFragment(),
        false,
        0,
        fields.hopLimit(),
        packet.protocol(),
        source,
        destination)
        .write(bytes);
  }

  private void writeIpv6(OutboundPacket packet, Ipv6Address source, Ipv6Address destination) {
    ByteBuf bytes = packet.payload();
    PacketFields fields = packet.fields();
    new Ipv6Header(fields.trafficClass(), flowLabels.of(packet), bytes.readableBytes(), packet.protocol(),
        fields.hopLimit(), source, destination)
        .write(bytes);
  }

  private boolean refuse(OutboundPacket packet, DropReason reason, Rejection rejection) {
    try {
      packet.originator().onRejected(rejection);
    } finally {
      drops.drop(packet, reason);
    }
    return false;
  }
}
