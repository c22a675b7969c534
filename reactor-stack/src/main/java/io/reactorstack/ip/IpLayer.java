package io.reactorstack.ip;

import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Layer;
import io.reactorstack.layer.Stage;
import io.reactorstack.neighbor.OutboundPacket;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.IpHeaders;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * The internet layer on one interface (RFC 791, RFC 8200, RFC 1122 section 3): takes in what is addressed to this host, and finds
 * the next hop of what leaves it.
 *
 * <p>On Ethernet it stands between the EtherType branches and the neighbour cache ({@link #receive}, {@link #send}); on a
 * medium of bare packets it is a {@link Layer} on the device's frames ({@link #bare}). The weak host model applies: a
 * packet to any of the host's own addresses is taken on any interface (RFC 1122 section 3.3.4.2). Hosts do not forward.
 */
public final class IpLayer {

  private final PacketTaps taps;
  private final Ipv4Input ipv4;
  private final Ipv6Input ipv6;
  private final IpOutput output;
  private final Drops drops;

  /**
   * The internet layer of {@code networkInterface}.
   *
   * @param host the routes, and the other interfaces
   * @param networkInterface the interface
   * @param notices tells senders of packets that are refused
   * @param numbers the numbers of its packets
   * @param drops where dropped packets are counted
   */
  public IpLayer(
      IpHost host, NetworkInterface networkInterface, IpNotices notices, PacketNumbers numbers, Drops drops) {
    this.taps = host.taps();
    this.ipv4 = new Ipv4Input(host, networkInterface, notices, drops);
    this.ipv6 = new Ipv6Input(host, networkInterface, notices, drops);
    this.output = new IpOutput(host, networkInterface, notices, numbers, drops);
    this.drops = drops;
  }

  /**
   * Decodes and validates the packets in Ethernet frames of either version's type, and lets those climb that are for this
   * host.
   *
   * <p><b>Backpressure:</b> unbounded. <b>Buffer ownership:</b> packets pass to the subscriber. <b>Threading:</b> the event
   * loop. <b>Cancellation:</b> cancels the source.
   */
  public Flux<IpPacket> receive(Flux<EthernetFrame> below) {
    return Stage.of(below, this::decode, drops);
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
        return Stage.of(below, IpLayer.this::decodeBare, drops);
      }

      @Override
      public Flux<Frame> send(Flux<IpPacket> above) {
        return Stage.of(above, IpLayer.this::encodeBare, drops);
      }
    };
  }

  private @Nullable IpPacket decode(EthernetFrame frame) {
    taps.show(Direction.RECEIVED, frame.payload(), frame.facts());
    boolean group = frame.destination().isGroup();
    return frame.type() == EtherType.IPV6
        ? ipv6.decode(frame, frame.facts(), group)
        : ipv4.decode(frame, frame.facts(), group);
  }

  private @Nullable IpPacket decodeBare(Frame frame) {
    taps.show(Direction.RECEIVED, frame.payload(), frame.facts());
    return IpHeaders.isIpv6(frame.payload())
        ? ipv6.decode(frame, frame.facts(), false)
        : ipv4.decode(frame, frame.facts(), false);
  }

  private @Nullable OutboundPacket encode(IpPacket packet) {
    OutboundPacket encoded = output.encode(packet);
    if (encoded != null) {
      taps.show(Direction.SENT, encoded.payload(), encoded.facts());
    }
    return encoded;
  }

  private @Nullable Frame encodeBare(IpPacket packet) {
    OutboundPacket encoded = encode(packet);
    return encoded == null ? null : new Frame(encoded.payload(), encoded.facts());
  }
}
