package io.reactorstack.ip;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;
import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Layer;
import io.reactorstack.layer.Stage;
import io.reactorstack.neighbor.NeighborDrop;
import io.reactorstack.neighbor.OutboundPacket;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * The internet layer on one interface (RFC 791, RFC 1122 section 3): takes in what is addressed to this host, and finds
 * the next hop of what leaves it.
 *
 * <p>On Ethernet it stands between the EtherType branches and the neighbour cache ({@link #receive}, {@link #send}); on a
 * medium of bare packets it is a {@link Layer} on the device's frames ({@link #bare}). The strong host model applies to
 * receiving: an address is accepted only on the interface that has it (RFC 1122 section 3.3.4.2). Hosts do not forward.
 */
public final class IpLayer {

  private final IpHost host;
  private final IpHost.Attachment attachment;
  private final IpIdentification identification;
  private final Drops drops;
  private Consumer<? super Undelivered> onUndelivered = undelivered -> {};

  /**
   * The internet layer of {@code attachment}.
   *
   * @param host the routes, and the other interfaces
   * @param attachment the interface
   * @param random starts the identification counters
   * @param drops where dropped packets are counted
   */
  public IpLayer(IpHost host, IpHost.Attachment attachment, RandomGenerator random, Drops drops) {
    this.host = host;
    this.attachment = attachment;
    this.identification = new IpIdentification(random);
    this.drops = drops;
  }

  /** Sets who is told of packets of ours that did not leave; called while the packet is being dropped. */
  public void onUndelivered(Consumer<? super Undelivered> listener) {
    onUndelivered = listener;
  }

  /** Reports a packet whose next hop did not answer: the listener for {@link io.reactorstack.neighbor.NeighborCache}. */
  public void nextHopUnreachable(OutboundPacket packet) {
    Ipv4Header header = Ipv4Header.parse(packet.payload(), reason -> {});
    if (header != null) {
      IpPacket sent = packet(header, packet.payload(), false, packet.facts());
      onUndelivered.accept(new Undelivered(sent, NeighborDrop.NEXT_HOP_UNREACHABLE, 0));
    }
  }

  /**
   * Decodes and validates the packets in Ethernet frames, and lets those climb that are for this host.
   *
   * <p><b>Backpressure:</b> unbounded. <b>Buffer ownership:</b> packets pass to the subscriber. <b>Threading:</b> the event
   * loop. <b>Cancellation:</b> cancels the source.
   */
  public Flux<IpPacket> receive(Flux<EthernetFrame> below) {
    return Stage.of(below, frame -> decode(frame, frame.facts(), frame.destination().isGroup()), drops);
  }

  /**
   * Writes the header of each packet and finds its next hop.
   *
   * <p><b>Backpressure:</b> demand is passed up one for one, and a dropped packet is replaced by a request for one more.
   * <b>Buffer ownership:</b> packets pass to the subscriber. <b>Threading:</b> the event loop. <b>Cancellation:</b> cancels the
   * source.
   */
  public Flux<OutboundPacket> send(Flux<IpPacket> above) {
    return Stage.of(above, this::encode, drops);
  }

  /** The same layer on a medium whose frames are packets: a TUN device, or the loopback. */
  public Layer<Frame, IpPacket> bare() {
    return new Layer<>() {
      @Override
      public Flux<IpPacket> receive(Flux<Frame> below) {
        return Stage.of(below, frame -> decode(frame, frame.facts(), false), drops);
      }

      @Override
      public Flux<Frame> send(Flux<IpPacket> above) {
        return Stage.of(above, IpLayer.this::encodeBare, drops);
      }
    };
  }

  private @Nullable IpPacket decode(Pdu unit, PacketFacts facts, boolean groupFrame) {
    ByteBuf bytes = unit.payload();
    Ipv4Header header = Ipv4Header.parse(bytes, drops::count);
    if (header == null) {
      unit.release();
      return null;
    }
    IpDrop reason = refusal(header, groupFrame);
    if (reason != null) {
      drops.drop(unit, reason);
      return null;
    }
    boolean group = groupFrame || header.destination().isMulticast()
        || attachment.current().isBroadcast(header.destination());
    return packet(header, bytes, group, facts);
  }

  /** The packet behind {@code header}, without link padding; the buffer's indices move to its payload. */
  private static IpPacket packet(Ipv4Header header, ByteBuf bytes, boolean broadcast, PacketFacts facts) {
    int start = bytes.readerIndex();
    bytes.setIndex(start + header.length(), start + header.totalLength());
    return new IpPacket(
        header.source(),
        header.destination(),
        header.protocol(),
        header.trafficClass(),
        header.ttl(),
        header.dontFragment(),
        broadcast,
        header.length(),
        bytes,
        facts);
  }

  /** Why the host does not take a well-formed packet, or {@code null} if it does. */
  private @Nullable IpDrop refusal(Ipv4Header header, boolean groupFrame) {
    IpInterface here = attachment.current();
    Ipv4Address destination = header.destination();
    boolean unicast = here.isLoopback()
        ? host.isLocal(destination)
        : here.owns(destination) && !destination.isLoopback();
    if (!unicast && !here.isBroadcast(destination) && !here.groups().contains(destination)) {
      return IpDrop.NOT_FOR_US;
    }
    if (!isPossibleSource(header.source(), here)) {
      return IpDrop.BAD_SOURCE;
    }
    if (groupFrame && unicast) {
      return IpDrop.UNICAST_IN_GROUP_FRAME;
    }
    // RFC 1122 3.2.1.7: a packet for this host is taken whatever its TTL, even zero.
    return header.isFragment() ? IpDrop.FRAGMENT : null;
  }

  // RFC 1122 3.2.1.3: a source is one host, and on a real link never ourselves (LAND) nor 127/8.
  private boolean isPossibleSource(Ipv4Address source, IpInterface here) {
    if (here.isLoopback()) {
      return host.isLocal(source);
    }
    return Ipv4Sources.isSingleHost(source)
        && !source.isLoopback()
        && !here.isBroadcast(source)
        && !host.isLocal(source);
  }

  private @Nullable OutboundPacket encode(IpPacket packet) {
    IpAddress nextHop = host.nextHop(attachment, packet.destination());
    if (nextHop == null) {
      return refuse(packet, IpDrop.NO_ROUTE, 0);
    }
    if (!(packet.source() instanceof Ipv4Address source && packet.destination() instanceof Ipv4Address destination)) {
      return refuse(packet, IpDrop.BAD_VERSION, 0);
    }
    if (packet.hopLimit() == 0 || !isOwnSource(source, destination)) {
      return refuse(packet, IpDrop.BAD_OUTBOUND, 0);
    }
    ByteBuf bytes = packet.payload();
    int totalLength = Ipv4Header.MINIMUM + bytes.readableBytes();
    int mtu = attachment.current().mtu();
    // A super-frame is cut by the device into segments that fit.
    int limit = packet.facts().segmentSize() == 0 ? mtu : 0xffff;
    if (totalLength > limit) {
      return refuse(packet, IpDrop.TOO_BIG, mtu);
    }
    // RFC 6864 4.1: the identification of a packet that nobody may fragment means nothing.
    int id = packet.dontFragment() ? 0 : identification.next(source, destination, packet.protocol());
    int index = Headroom.prepend(bytes, Ipv4Header.MINIMUM);
    new Ipv4Header(
        Ipv4Header.MINIMUM,
        packet.trafficClass(),
        totalLength,
        id,
        packet.dontFragment(),
        false,
        0,
        packet.hopLimit(),
        packet.protocol(),
        source,
        destination)
        .write(bytes, index);
    return new OutboundPacket(nextHop, EthernetFrame.IPV4, bytes, packet.facts());
  }

  private @Nullable Frame encodeBare(IpPacket packet) {
    OutboundPacket encoded = encode(packet);
    return encoded == null ? null : new Frame(encoded.payload(), encoded.facts());
  }

  // RFC 1122 3.2.1.3: from an address of ours; from none only while we learn it (DHCP), and then to everybody.
  private boolean isOwnSource(Ipv4Address source, Ipv4Address destination) {
    if (source.isUnspecified()) {
      return destination.isLimitedBroadcast();
    }
    boolean loopback = source.isLoopback() || destination.isLoopback();
    return host.isLocal(source) && (!loopback || attachment.current().isLoopback());
  }

  private @Nullable OutboundPacket refuse(IpPacket packet, IpDrop reason, int mtu) {
    try {
      onUndelivered.accept(new Undelivered(packet, reason, mtu));
    } finally {
      drops.drop(packet, reason);
    }
    return null;
  }
}
