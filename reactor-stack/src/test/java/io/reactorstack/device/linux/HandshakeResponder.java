package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;

/** Answers each SYN with a SYN-ACK and acknowledges nothing after that, which makes the peer send its first window. */
final class HandshakeResponder {

  private HandshakeResponder() {}

  /**
   * Returns the SYN-ACK for a frame that contains a SYN over IPv4 without options, or {@code null} for other frames.
   */
  static ByteBuf answer(ByteBuf syn, MacAddress ours) {
    SeenFrame seen = SeenFrame.ethernet(syn);
    IpHeaders ip = seen.ip();
    TcpSegment segment = seen.tcp();
    if (ip == null || !ip.source().isV4() || segment == null
        || (segment.flags() & 0x3f) != TcpSegment.SYN) {
      return null;
    }
    ByteBuf answer = Headroom.allocate(UnpooledByteBufAllocator.DEFAULT, 0);
    new TcpSegment(segment.flow(), 1, segment.seq() + 1, TcpSegment.SYN | TcpSegment.ACK, 0xffff, 0,
        TcpOptions.NONE.withMss(1460), 0, answer, PacketFacts.LOCAL).write(answer);
    new Ipv4Header(Ipv4Header.MINIMUM, 0, Ipv4Header.MINIMUM + answer.readableBytes(), 0, false, false, 0, 64,
        IpProtocol.TCP, (Ipv4Address) ip.destination(), (Ipv4Address) ip.source()).write(answer);
    new EthernetHeader(seen.header().source(), ours, EthernetHeader.UNTAGGED, EtherType.IPV4).write(answer);
    return answer;
  }
}
