package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.wire.TcpSegment;

/**
 * The window that an end shows to its peer, where that is not the one its engine offers: smaller, so that the right edge moves
 * left, or looked after more strictly, as Linux does since 6.17.
 */
final class ShownWindow {

  /** Bytes shown at most; the window shrinks when this falls. */
  int limit = Integer.MAX_VALUE;
  /** Whether what ends beyond the edge shown last is refused as a whole, what it acknowledges too. */
  boolean strict;
  private boolean known;
  private int edge;

  /** {@code segment} as it leaves, with a window whose unit is 2<sup>scale</sup> bytes; takes over its payload. */
  TcpSegment narrow(TcpSegment segment, int scale) {
    if (!segment.has(TcpSegment.ACK) || segment.has(TcpSegment.RST)) {
      return segment;
    }
    int window = segment.has(TcpSegment.SYN) ? segment.window() : Math.min(segment.window(), limit >> scale);
    int unit = segment.has(TcpSegment.SYN) ? 0 : scale;
    edge = segment.ack() + (window << unit);
    known = true;
    return window == segment.window()
        ? segment
        : new TcpSegment(segment.flow(), segment.seq(), segment.ack(), segment.flags(), window, segment.urgentPointer(),
            segment.options(), segment.ecn(), segment.payload(), segment.facts());
  }

  /** Whether {@code segment}, which has arrived, is looked at. */
  boolean takes(TcpSegment segment) {
    return !strict || !known || segment.has(TcpSegment.SYN) || !SequenceNumber.after(segment.end(), edge);
  }
}
