package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.wire.TcpSegment;

/**
 * The window that one engine's peer sees, where it differs from the one that the engine offers: it is smaller, so that
 * the right edge moves left, or it is enforced more strictly, as Linux does since 6.17.
 */
final class ShownWindow {

  /** The largest window shown, in bytes; the window shrinks when this value falls. */
  int limit = Integer.MAX_VALUE;
  /** True if a segment that ends beyond the edge shown last is dropped as a whole, including its acknowledgement. */
  boolean strict;
  private boolean known;
  private int edge;

  /**
   * Returns an outgoing {@code segment} with the reduced window, whose unit is 2<sup>scale</sup> bytes; takes ownership
   * of its payload.
   */
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

  /** Returns whether an arriving {@code segment} is processed. */
  boolean takes(TcpSegment segment) {
    return !strict || !known || segment.has(TcpSegment.SYN) || !SequenceNumber.after(segment.end(), edge);
  }
}
