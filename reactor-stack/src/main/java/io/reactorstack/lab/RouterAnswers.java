package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.wire.IcmpType;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Icmpv6Header;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv6Header;
import java.util.List;

/** The verdict of a row of routers between two stations that believe to be on one link. */
final class RouterAnswers {

  private static final int QUOTE_V4 = 576 - Ipv4Header.MINIMUM - Icmpv4Header.LENGTH;
  private static final int QUOTE_V6 = Ipv6Header.MINIMUM_MTU - Ipv6Header.LENGTH - Icmpv6Header.LENGTH;

  private static final int TTL = 8;
  private static final int CHECKSUM = 10;
  private static final int HOP_LIMIT = 7;

  private RouterAnswers() {}

  /**
   * Returns the verdict of {@code routers}, the nearest to the sender first, about {@code frame}: each lowers the hop
   * limit by one, and the one at which it becomes zero drops the packet and reports that. Frames without a packet of
   * their IP version, and packets to groups, pass unchanged.
   */
  static Verdict forward(Frame frame, List<IpAddress> routers) {
    FrameView view = FrameView.of(frame);
    IpHeaders headers = view.headers();
    if (headers == null
        || headers.source().isV4() != routers.getFirst().isV4()
        || headers.destination().isMulticast()
        || headers.destination().equals(Ipv4Address.BROADCAST)) {
      return Verdict.pass();
    }
    if (headers.hopLimit() > routers.size()) {
      return Verdict.replace(lowered(frame, headers, routers.size()));
    }
    Verdict drop = Verdict.drop("HOP_LIMIT");
    ByteBuf packet = view.packetBytes();
    ByteBuf payload = packet.slice(headers.length(), headers.totalLength() - headers.length());
    // RFC 1122 3.2.2, RFC 4443 2.4: no error about another error.
    if (headers.hopLimit() == 0 || headers.fragmentOffset() != 0 || IcmpType.isError(headers.protocol(), payload)) {
      return drop;
    }
    return drop.answering(timeExceeded(view, headers, routers.get(headers.hopLimit() - 1)));
  }

  private static Frame lowered(Frame frame, IpHeaders headers, int hops) {
    Frame copy = new Frame(frame.payload().copy(), frame.facts());
    ByteBuf packet = FrameView.of(copy).packetBytes();
    int left = headers.hopLimit() - hops;
    if (headers.source().isV4()) {
      packet.setByte(TTL, left);
      // RFC 1624: the TTL is the high octet of its word, so the checksum grows by as much as that shrinks.
      int sum = packet.getUnsignedShort(CHECKSUM) + (hops << 8);
      packet.setShort(CHECKSUM, (sum & 0xffff) + (sum >>> 16));
    } else {
      packet.setByte(HOP_LIMIT, left);
    }
    return copy;
  }

  private static Frame timeExceeded(FrameView view, IpHeaders headers, IpAddress router) {
    boolean v4 = router.isV4();
    ByteBuf packet = view.packetBytes();
    int length = Math.min(v4 ? QUOTE_V4 : QUOTE_V6, headers.totalLength());
    ByteBuf quote = Headroom.allocate(view.alloc(), length).writeBytes(packet, packet.readerIndex(), length);
    if (v4) {
      new Icmpv4Header(Icmpv4Header.TIME_EXCEEDED, 0, 0).write(quote);
    } else {
      new Icmpv6Header(Icmpv6Header.TIME_EXCEEDED, 0, 0).write(quote, router, headers.source());
    }
    return view.enclose(router, headers.source(), v4 ? IpProtocol.ICMP : IpProtocol.ICMPV6, quote, true);
  }
}
