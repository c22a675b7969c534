package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.wire.TcpSegment;
import java.util.ArrayList;
import java.util.List;

/** The segments that appear on the wire when a device cuts a segment of an engine. */
final class WireCut {

  private WireCut() {}

  /** Returns the segments in which {@code whole} leaves; takes it over. The headroom of their payloads is not free. */
  static List<TcpSegment> pieces(TcpSegment whole) {
    int size = whole.facts().segmentSize();
    if (size == 0) {
      return List.of(whole);
    }
    ByteBuf data = whole.payload();
    List<TcpSegment> pieces = new ArrayList<>();
    for (int at = 0; at < data.readableBytes(); at += size) {
      int n = Math.min(size, data.readableBytes() - at);
      boolean last = at + n == data.readableBytes();
      int flags = whole.flags() & (last ? -1 : ~(TcpSegment.PSH | TcpSegment.FIN)) & (at == 0 ? -1 : ~TcpSegment.CWR);
      pieces.add(new TcpSegment(whole.flow(), whole.seq() + at, whole.ack(), flags, whole.window(),
          whole.urgentPointer(), whole.options(), whole.ecn(), data.retainedSlice(data.readerIndex() + at, n),
          PacketFacts.LOCAL));
    }
    data.release();
    return pieces;
  }
}
