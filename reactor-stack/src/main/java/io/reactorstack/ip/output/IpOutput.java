package io.reactorstack.ip.output;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.IpMeter;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.ForwardedPacket;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.ip.host.PacketTaps;
import io.reactorstack.layer.Burst;
import io.reactorstack.layer.Counter;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.FrameCounts;
import io.reactorstack.layer.Originator;
import io.reactorstack.layer.Rejection;
import io.reactorstack.layer.SendingStage;
import io.reactorstack.neighbor.LinkPacket;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.packet.Pdu;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.Ipv6Chain;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.PacketFields;
import io.reactorstack.wire.TransportChecksum;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * The sending direction of the internet layer on one interface (RFC 791, RFC 8200, RFC 1122 section 3): writes the
 * header of each packet and passes it on with its next hop, in fragments if it is too long and its originator permits
 * that, or rejects the packet to its originator.
 *
 * <p>The packet's {@code Destination} has determined the interface and the next hop before; this stage looks up
 * nothing.
 */
public final class IpOutput implements SendingStage<OutboundPacket, LinkPacket> {

  /** The largest value of a length field. */
  private static final int LONGEST = 0xffff;

  private final PacketTaps taps;
  private final NetworkInterface networkInterface;
  private final IpIdentification identification;
  private final FlowLabels flowLabels;
  private final DepartureHook hook;
  private final Drops drops;
  private final Counter packetsFragmented;
  private final Counter fragmentsSent;

  /**
   * Creates the output of {@code networkInterface}.
   *
   * @param host the host, for its packet observers
   * @param networkInterface the interface
   * @param numbers the identifications and flow labels of the packets
   * @param hook sees the host's ICMP messages of IPv4 before they leave
   * @param drops counts dropped packets
   */
  public IpOutput(
      IpHost host, NetworkInterface networkInterface, PacketNumbers numbers, DepartureHook hook, Drops drops) {
    this.taps = host.taps();
    this.networkInterface = networkInterface;
    this.identification = numbers.identification();
    this.flowLabels = numbers.flowLabels();
    this.hook = hook;
    this.drops = drops;
    this.packetsFragmented = drops.meters().counter(IpMeter.PACKETS_FRAGMENTED);
    this.fragmentsSent = drops.meters().counter(IpMeter.FRAGMENTS_SENT);
  }

  /**
   * Writes the header of each packet for a link whose next hops need address resolution. A packet that exceeds the path
   * MTU and may be fragmented leaves as fragments.
   *
   * <p><b>Backpressure:</b> one packet or fragment for each requested; demand is passed to {@code above} in advance, and
   * packets that arrive while fragments use it wait here. A dropped packet is replaced by a request for one more. <b>Buffer ownership:</b> packets pass to the
   * subscriber. <b>Threading:</b> the event loop. <b>Cancellation:</b> cancels the source; waiting packets and
   * fragments that were not made are released.
   */
  @Override
  public Flux<LinkPacket> send(Flux<OutboundPacket> above) {
    return stage(above, IpOutput::linkPacket);
  }

  private static LinkPacket linkPacket(OutboundPacket packet, ByteBuf bytes, Originator originator) {
    int type = packet.route().address().isV4() ? EtherType.IPV4 : EtherType.IPV6;
    return new LinkPacket(packet.route().neighbor(), type, bytes, packet.facts(), originator);
  }

  /** Returns the same stage for a medium whose frames are packets: a TUN device, or the loopback. */
  public SendingStage<OutboundPacket, Frame> bare() {
    FrameCounts counts = FrameCounts.in(drops.meters());
    return above -> stage(above, (packet, bytes, originator) -> {
      Frame frame = new Frame(bytes, packet.facts());
      counts.onSent(frame);
      return frame;
    });
  }

  private <O extends Pdu> Flux<O> stage(Flux<OutboundPacket> above, Encapsulation<O> encapsulation) {
    Whole<O> whole = new Whole<>();
    return Burst.of(above, packet -> encode(packet, encapsulation, whole), drops);
  }

  /**
   * Returns the units in which {@code packet} leaves, or {@code null} if it cannot leave and was dropped. For a packet
   * that leaves whole the result is {@code whole}, so that nothing is allocated.
   */
  private <O extends Pdu> Burst.@Nullable Pieces<O> encode(
      OutboundPacket packet, Encapsulation<O> encapsulation, Whole<O> whole) {
    return packet instanceof OriginatedPacket own
        ? encode(own, encapsulation, whole)
        : pass((ForwardedPacket) packet, encapsulation, whole);
  }

  private <O extends Pdu> Burst.@Nullable Pieces<O> encode(
      OriginatedPacket packet, Encapsulation<O> encapsulation, Whole<O> whole) {
    if (!mayLeave(packet)) {
      return null;
    }
    int length = packet.source().headerLength() + packet.options().length() + packet.payload().readableBytes();
    int mtu = networkInterface.mtuTo(packet.source());
    if (!packet.fields().dontFragment() && isToBeCut(packet, length)) {
      return cut(finished(packet), length, encapsulation);
    }
    if (SegmentLengths.ofSegment(packet, length) > mtu || length > LONGEST) {
      return refuse(packet, IpDrop.TOO_BIG, Rejection.tooBig(mtu));
    }
    switch (packet.source()) {
      case Ipv4Address v4 -> writeIpv4(packet, v4, (Ipv4Address) packet.destination());
      case Ipv6Address v6 -> writeIpv6(packet, v6, (Ipv6Address) packet.destination());
    }
    if (packet.protocol() == IpProtocol.ICMP && !hook.onDeparture(networkInterface, packet.payload())) {
      return refuse(packet, IpDrop.BAD_OUTBOUND, Rejection.of(Rejection.Why.INVALID));
    }
    taps.show(Direction.SENT, packet.payload(), packet.facts());
    return whole.of(encapsulation.of(packet, packet.payload(), packet.originator()));
  }

  /** Returns whether the packet can leave through this interface; if not, it was dropped. */
  private boolean mayLeave(OriginatedPacket packet) {
    if (!leadsHere(packet)) {
      return false;
    }
    Destination route = packet.route();
    IpAddress source = packet.source();
    boolean valid = source.isV4() == route.address().isV4()
        && packet.fields().hopLimit() != 0
        && route.maySendFrom(source, packet.protocol());
    if (!valid) {
      refuse(packet, IpDrop.BAD_OUTBOUND, Rejection.of(Rejection.Why.INVALID));
    }
    return valid;
  }

  /** Returns whether the packet's route leads over this interface; if not, the packet was dropped. */
  private boolean leadsHere(OutboundPacket packet) {
    boolean here = packet.route().networkInterface() == networkInterface && packet.route().isReachable();
    if (!here) {
      refuse(packet, IpDrop.NO_ROUTE, Rejection.of(Rejection.Why.NO_ROUTE));
    }
    return here;
  }

  /** Passes a packet of another host on, in fragments if that is necessary and permitted. */
  private <O extends Pdu> Burst.@Nullable Pieces<O> pass(
      ForwardedPacket packet, Encapsulation<O> encapsulation, Whole<O> whole) {
    if (!leadsHere(packet)) {
      return null;
    }
    int mtu = networkInterface.mtuTo(packet.route().address());
    if (packet.payload().readableBytes() > mtu) {
      if (packet.facts().segmentSize() == 0) {
        return cutInTransit(packet, mtu, encapsulation);
      }
      if (SegmentLengths.ofSegment(packet) > mtu) {
        // The route has changed since the packet was queued.
        return refuse(packet, IpDrop.TOO_BIG, Rejection.tooBig(mtu));
      }
    }
    taps.show(Direction.SENT, packet.payload(), packet.facts());
    return whole.of(encapsulation.of(packet, packet.payload(), packet.originator()));
  }

  private <O extends Pdu> Burst.@Nullable Pieces<O> cutInTransit(
      ForwardedPacket packet, int mtu, Encapsulation<O> encapsulation) {
    ByteBuf bytes = packet.payload();
    Ipv4Header header = packet.route().address().isV4() ? Ipv4Header.parse(bytes, Rejections.UNCOUNTED) : null;
    Ipv4Options options = header == null ? null : Ipv4Options.parse(bytes, Rejections.UNCOUNTED);
    if (header == null || options == null || header.dontFragment()) {
      return refuse(packet, IpDrop.TOO_BIG, Rejection.tooBig(mtu));
    }
    packetsFragmented.increment();
    return new TransitFragments<>(packet, header, options, mtu, framer(packet, encapsulation));
  }

  private <O extends Pdu> Fragments.Framer<O> framer(OutboundPacket packet, Encapsulation<O> encapsulation) {
    return (fragment, isFirst) -> {
      // The route may have changed since the last fragment.
      if (packet.route().networkInterface() != networkInterface || !packet.route().isReachable()) {
        fragment.release();
        drops.count(IpDrop.NO_ROUTE);
        return null;
      }
      fragmentsSent.increment();
      taps.show(Direction.SENT, fragment, packet.facts());
      // One report is enough.
      return encapsulation.of(packet, fragment, isFirst ? packet.originator() : Originator.NOBODY);
    };
  }

  /** TCP chooses its segments to fit, and the host sends no other extension headers than those of MLD. */
  private static boolean isToBeCut(OriginatedPacket packet, int length) {
    return length > packet.route().mtu()
        && packet.protocol() != IpProtocol.TCP
        && packet.protocol() != Ipv6Chain.HOP_BY_HOP
        && packet.facts().segmentSize() == 0;
  }

  /** Returns the packet with a complete checksum: no device can complete that of a fragment. */
  private static OriginatedPacket finished(OriginatedPacket packet) {
    if (packet.facts().checksum() != ChecksumState.UNFINISHED) {
      return packet;
    }
    ByteBuf bytes = packet.payload();
    int start = bytes.readerIndex();
    long pseudoHeader = Checksum.pseudoHeader(
        packet.source(), packet.destination(), packet.protocol(), bytes.readableBytes());
    TransportChecksum.complete(
        bytes, start, bytes.writerIndex(), packet.protocol(), packet.source().isV4(), pseudoHeader);
    return new OriginatedPacket(packet.route(), packet.source(), packet.protocol(), packet.fields(), packet.options(),
        bytes, PacketFacts.LOCAL, packet.originator());
  }

  private <O extends Pdu> Burst.@Nullable Pieces<O> cut(
      OriginatedPacket packet, int length, Encapsulation<O> encapsulation) {
    boolean v4 = packet.source().isV4();
    // The payload length of IPv6 does not count the fixed header.
    int limit = v4 ? LONGEST : Ipv6Header.LENGTH + LONGEST;
    if (length > limit) {
      return refuse(packet, IpDrop.TOO_BIG, Rejection.tooBig(limit));
    }
    int protocol = v4 ? packet.protocol() : Ipv6Chain.FRAGMENT;
    int id = identification.next(packet.source(), packet.destination(), protocol);
    packetsFragmented.increment();
    return new Fragments<>(packet, framer(packet, encapsulation), id, v4 ? 0 : flowLabels.of(packet));
  }

  private void writeIpv4(OriginatedPacket packet, Ipv4Address source, Ipv4Address destination) {
    ByteBuf bytes = packet.payload();
    PacketFields fields = packet.fields();
    // RFC 6864 4.1: the identification of a packet that must not be fragmented has no meaning.
    int id = fields.dontFragment()
        ? 0
        : identification.next(source, destination, packet.protocol(), SegmentLengths.count(packet)) & 0xffff;
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

  private void writeIpv6(OriginatedPacket packet, Ipv6Address source, Ipv6Address destination) {
    ByteBuf bytes = packet.payload();
    PacketFields fields = packet.fields();
    new Ipv6Header(fields.trafficClass(), flowLabels.of(packet), bytes.readableBytes(), packet.protocol(),
        fields.hopLimit(), source, destination)
        .write(bytes);
  }

  private <O> @Nullable O refuse(OutboundPacket packet, DropReason reason, Rejection rejection) {
    try {
      packet.originator().onRejected(rejection);
    } finally {
      drops.drop(packet, reason);
    }
    return null;
  }

  /** Creates the unit for the layer below. */
  private interface Encapsulation<O> {

    /**
     * Returns the unit with {@code bytes}: {@code packet} or one of its fragments, with the IP header.
     *
     * @param originator notified if the unit cannot leave
     */
    O of(OutboundPacket packet, ByteBuf bytes, Originator originator);
  }

  /** The only piece of a packet that leaves whole. There is at most one at a time, so one object serves all packets. */
  private static final class Whole<O extends Pdu> implements Burst.Pieces<O> {

    private @Nullable O unit;

    Whole<O> of(O given) {
      unit = given;
      return this;
    }

    @Override
    public boolean hasNext() {
      return unit != null;
    }

    @Override
    public @Nullable O next() {
      O only = unit;
      unit = null;
      return only;
    }

    @Override
    public void release() {
      if (unit != null) {
        unit.release();
        unit = null;
      }
    }
  }
}
