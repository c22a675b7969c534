package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.engine.ResetSegments;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.IcmpType;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Icmpv6Header;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.util.Objects;

/** The verdicts of routers and middleboxes, with the packets that they send back. */
final class Answers {

  private static final int FRAGMENTATION_NEEDED = 4;

  /** Bytes of the packet that an ICMP error quotes (RFC 1812 4.3.2.3): the error has at most 576 octets. */
  private static final int QUOTE = 576 - Ipv4Header.MINIMUM - Icmpv4Header.LENGTH;

  /** The same for ICMPv6 (RFC 4443 section 3.2): the error fits into the minimum MTU. */
  private static final int QUOTE6 = Ipv6Header.MINIMUM_MTU - Ipv6Header.LENGTH - Icmpv6Header.LENGTH;

  /** The mask of the ECN bits in the traffic class; both set mean CE. */
  private static final int ECN = 3;

  private Answers() {}

  /**
   * Returns the verdict of a router with the address {@code router} whose next link carries packets of up to
   * {@code mtu} bytes. Packets of the other IP version pass.
   */
  static Verdict tooBig(Frame frame, int mtu, IpAddress router) {
    FrameView view = FrameView.of(frame);
    IpAddress source = view.source();
    if (source == null || source.isV4() != router.isV4() || view.packetLength() <= mtu) {
      return Verdict.pass();
    }
    Verdict drop = Verdict.drop("MTU_TOO_BIG");
    IpAddress destination = Objects.requireNonNull(view.destination());
    ByteBuf packet = view.packetBytes();
    // RFC 1122 3.2.2, RFC 4443 2.4 (e): no error about another error, and none about an IPv4 packet to a group.
    Ipv4Header header = view.ipv4();
    boolean silent = IcmpType.isError(view.protocol(), view.payload())
        || header != null && (!header.dontFragment() || destination.isMulticast());
    if (silent) {
      return drop;
    }
    int length = Math.min(header != null ? QUOTE : QUOTE6, view.packetLength());
    ByteBuf quote = Headroom.allocate(view.alloc(), length).writeBytes(packet, packet.readerIndex(), length);
    if (header != null) {
      // RFC 1191 4: the next hop's MTU is in the low half of the second word.
      new Icmpv4Header(Icmpv4Header.DESTINATION_UNREACHABLE, FRAGMENTATION_NEEDED, mtu).write(quote);
      return drop.answering(view.enclose(router, source, IpProtocol.ICMP, quote, true));
    }
    new Icmpv6Header(Icmpv6Header.PACKET_TOO_BIG, 0, mtu).write(quote, router, source);
    return drop.answering(view.enclose(router, source, IpProtocol.ICMPV6, quote, true));
  }

  /** Replaces the frame by a copy whose packet is marked CE if its sender has set ECT; otherwise lets it pass. */
  static Verdict marked(Frame frame) {
    FrameView view = FrameView.of(frame);
    Ipv4Header header = view.ipv4();
    if (header == null || (header.trafficClass() & ECN) == 0 || (header.trafficClass() & ECN) == ECN) {
      return Verdict.pass();
    }
    Frame marked = new Frame(frame.payload().copy(), frame.facts());
    ByteBuf packet = FrameView.of(marked).packetBytes();
    new Ipv4Header(header.length(), header.trafficClass() | ECN, header.totalLength(), header.identification(),
        header.dontFragment(), header.moreFragments(), header.fragmentOffset(), header.ttl(), header.protocol(),
        header.source(), header.destination()).write(packet.skipBytes(Ipv4Header.MINIMUM));
    return Verdict.replace(marked);
  }

  /**
   * Returns the verdict of a middlebox that resets a connection at this segment; RSTs and frames that are not TCP pass.
   */
  static Verdict reset(Frame frame, Effects.ResetTo sides) {
    FrameView view = FrameView.of(frame);
    Verdict[] verdict = {Verdict.pass()};
    view.tcp(segment -> {
      if (!segment.has(TcpSegment.RST)) {
        verdict[0] = reset(view, segment, sides);
      }
    });
    return verdict[0];
  }

  private static Verdict reset(FrameView view, TcpSegment segment, Effects.ResetTo sides) {
    // RFC 5961 3: the receiver accepts a RST only at RCV.NXT, which is the sequence number of this segment.
    Verdict forward = sides == Effects.ResetTo.SENDER
        ? Verdict.drop("RESET")
        : Verdict.replace(enclose(view, new TcpSegment(segment.flow().reversed(), segment.seq(),
            segment.ack(), TcpSegment.RST | segment.flags() & TcpSegment.ACK, 0, 0, TcpOptions.NONE, 0,
            Headroom.allocate(view.alloc(), 0), PacketFacts.LOCAL), false));
    TcpSegment back = sides == Effects.ResetTo.RECEIVER ? null : ResetSegments.answering(segment);
    return back == null ? forward : forward.answering(enclose(view, back, true));
  }

  private static Frame enclose(FrameView view, TcpSegment segment, boolean back) {
    segment.write(segment.payload());
    FourTuple flow = segment.flow();
    return view.enclose(flow.localAddress(), flow.remoteAddress(), IpProtocol.TCP, segment.payload(), back);
  }
}
