package io.reactorstack.ip.input;

import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.PacketTaps;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.FrameCounts;
import io.reactorstack.layer.ReceivingStage;
import io.reactorstack.layer.Stage;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.IpHeaders;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * The receiving direction of the internet layer on one interface (RFC 791, RFC 8200, RFC 1122 section 3): parses and
 * validates packets, and emits those that are for this host.
 *
 * <p>On Ethernet it is fed by the EtherType branches ({@link #receive}), on a medium of bare packets by the device
 * ({@link #bare}). The weak host model applies: a packet to any of the host's addresses is accepted on any interface
 * (RFC 1122 section 3.3.4.2).
 */
public final class IpInput implements ReceivingStage<EthernetFrame, InboundPacket> {

  private final PacketTaps taps;
  private final Ipv4Input ipv4;
  private final Ipv6Input ipv6;
  private final PacketErrorListener complaints;
  private final TransitListener transit;
  private final ArrivalHook hook;
  private final NetworkInterface networkInterface;
  private final Drops drops;

  /**
   * Creates the input of {@code networkInterface}.
   *
   * @param host the host's addresses and packet observers
   * @param networkInterface the interface
   * @param reassembly puts fragments together; one for all interfaces
   * @param complaints reports defects of packets to their senders
   * @param transit receives the packets for other hosts
   * @param hook sees IPv4 packets first
   * @param drops counts dropped packets
   */
  public IpInput(IpHost host, NetworkInterface networkInterface, PacketReassembly reassembly,
      PacketErrorListener complaints, TransitListener transit, ArrivalHook hook, Drops drops) {
    this.taps = host.taps();
    this.ipv4 = new Ipv4Input(host, networkInterface, reassembly);
    this.ipv6 = new Ipv6Input(host, networkInterface, reassembly);
    this.complaints = complaints;
    this.transit = transit;
    this.hook = hook;
    this.networkInterface = networkInterface;
    this.drops = drops;
  }

  /**
   * Emits the packets for this host from Ethernet frames whose EtherType is IPv4 or IPv6.
   *
   * <p><b>Backpressure:</b> unbounded. <b>Buffer ownership:</b> packets pass to the subscriber. <b>Threading:</b> the
   * event loop. <b>Cancellation:</b> cancels the source.
   */
  @Override
  public Flux<InboundPacket> receive(Flux<EthernetFrame> below) {
    return Stage.of(below, this::decode, drops);
  }

  /** Returns the same stage for a medium whose frames are packets: a TUN device, or the loopback. */
  public ReceivingStage<Frame, InboundPacket> bare() {
    FrameCounts counts = FrameCounts.in(drops.meters());
    return below -> Stage.of(below, frame -> decodeBare(frame, counts), drops);
  }

  private @Nullable InboundPacket decode(EthernetFrame frame) {
    return decode(frame, frame.facts(), frame.type() == EtherType.IPV6, frame.destination().isGroup());
  }

  private @Nullable InboundPacket decodeBare(Frame frame, FrameCounts counts) {
    counts.onReceived(frame);
    return decode(frame, frame.facts(), IpHeaders.isIpv6(frame.payload()), false);
  }

  private @Nullable InboundPacket decode(Pdu received, PacketFacts facts, boolean isIpv6, boolean groupFrame) {
    taps.show(Direction.RECEIVED, received.payload(), facts);
    Pdu unit = isIpv6 || groupFrame ? received : hook.onArrival(received, facts, networkInterface);
    Pdu late = hook.late();
    return late == null
        ? handle(unit, facts, isIpv6, groupFrame)
        : handleAfter(late, unit, facts, isIpv6, groupFrame);
  }

  /**
   * Handles the fragments that the hook has held, beginning with {@code first}, and then the unit at hand. Returns the packet
   * that they complete, or {@code null}: the unit is the first fragment of the same packet, so only one of them does.
   */
  private @Nullable InboundPacket handleAfter(
      Pdu first, @Nullable Pdu unit, PacketFacts facts, boolean isIpv6, boolean groupFrame) {
    InboundPacket completed = null;
    for (Pdu late = first; late != null; late = hook.late()) {
      InboundPacket packet = handle(late, PacketFacts.receivedAt(facts.ingressNanos()), false, false);
      completed = packet == null ? completed : packet;
    }
    InboundPacket packet = handle(unit, facts, isIpv6, groupFrame);
    return packet == null ? completed : packet;
  }

  /** Returns the packet if it is for this host; otherwise passes it on or drops it. */
  private @Nullable InboundPacket handle(
      @Nullable Pdu unit, PacketFacts facts, boolean isIpv6, boolean groupFrame) {
    if (unit == null) {
      return null;
    }
    InputDecision verdict = isIpv6 ? ipv6.judge(unit, facts, groupFrame) : ipv4.judge(unit, facts, groupFrame);
    return switch (verdict) {
      case InputDecision.Local local -> local.packet();
      case InputDecision.Transit foreign -> {
        transit.onTransit(foreign.packet());
        yield null;
      }
      case InputDecision.Refused refused -> refuse(refused);
      case InputDecision.Fragmented fragmented -> null;
    };
  }

  private @Nullable InboundPacket refuse(InputDecision.Refused refused) {
    PacketError complaint = refused.complaint();
    try {
      if (complaint != null) {
        complaints.complain(complaint);
      }
    } finally {
      drops.drop(refused.unit(), refused.reason());
    }
    return null;
  }
}
