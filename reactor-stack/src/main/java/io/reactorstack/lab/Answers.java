package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.engine.ResetSegments;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.IcmpType;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;

/** The verdicts of routers and middleboxes, with the packets that they send back. */
final class Answers {

  private static final int FRAGMENTATION_NEEDED = 4;

  /** Bytes of the packet that an ICMP error quotes (RFC 1812 4.3.2.3): the error has at most 576 octets. */
  private static final int QUOTE = 576 - Ipv4Header.MINIMUM - Icmpv4Header.LENGTH;

  /** The mask of the ECN bits in the traffic class; both set mean CE. */
  private static final int ECN = 3;

  private Answers() {}

  /**
   * Returns the verdict of a router with the address {@code router} whose next link carries packets of up to
   * {@code mtu} bytes.
   */
  static Verdict tooBig(Frame frame, int mtu, Ipv4Address router) {
    FrameView view = FrameView.of(frame);
    Ipv4Header header = view.ipv4();
    if (header == null || header.totalLength() <= mtu) {
      return Verdict.pass();
    }
    Verdict drop = Verdict.drop("MTU_TOO_BIG");
    ByteBuf packet = view.packetBytes();
    ByteBuf payload = packet.slice(header.length(), header.totalLength() - header.length());
    // RFC 1122 3.2.2: no error about another error, and none about a packet to a group.
    if (!header.dontFragment() || IcmpType.isError(header.protocol(), payload)
        || header.destination().isMulticast()) {
      return drop;
    }
    int length = Math.min(QUOTE, header.totalLength());
    ByteBuf quote = Headroom.allocate(view.alloc(), length).writeBytes(packet, packet.readerIndex(), length);
    // RFC 1191 4: the next hop's MTU is in the low half of the second word.
    new Icmpv4Header(Icmpv4Header.DESTINATION_UNREACHABLE, FRAGMENTATION_NEEDED, mtu).write(quote);
    return drop.answering(view.enclose(router, header.source(), IpProtocol.ICMP, quote, true));
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
