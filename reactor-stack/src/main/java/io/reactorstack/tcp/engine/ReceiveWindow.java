package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;

/**
 * What the peer may send: capacity less memory held, with a right edge that never moves left and only moves right in
 * steps worth a segment (RFC 9293 section 3.8.6.2.2, RFC 7323 section 2.4).
 *
 * <p>With window scaling the field on the wire counts in units of 2<sup>scale</sup> bytes, so that the edge it shows may be
 * up to one unit left of the edge promised; {@link #edge}, by which segments are accepted, is the furthest ever shown.
 */
final class ReceiveWindow {

  static final int MAX_FIELD = 0xffff;

  private final int segmentSize;
  private int capacity;
  private int scale;
  private boolean opening = true;
  private int edge;

  /**
   * A window that promises nothing yet.
   *
   * @param rcvNxt the peer's first sequence number after its SYN
   * @param segmentSize the size of segment that is worth a window update, in bytes
   */
  ReceiveWindow(int capacity, int rcvNxt, int segmentSize) {
    this.capacity = capacity;
    this.edge = rcvNxt;
    this.segmentSize = segmentSize;
  }

  /** The scale by which {@code capacity} can be advertised whole; at most 14 (RFC 7323 section 2.3). */
  static int scaleFor(int capacity) {
    int scale = 0;
    while (scale < 14 && MAX_FIELD << scale < capacity) {
      scale++;
    }
    return scale;
  }

  /** Both SYNs agree on {@code negotiated}: the shift of every window field but those of SYNs (RFC 7323 section 2.2). */
  void agree(int negotiated) {
    scale = negotiated;
  }

  /** The handshake is over: no SYN-ACK, whose field is not scaled, has to promise as much again. */
  void open() {
    opening = false;
  }

  /** The size of segment that is worth a window update, in bytes. */
  int segmentSize() {
    return segmentSize;
  }

  int capacity() {
    return capacity;
  }

  void capacity(int bytes) {
    capacity = bytes;
  }

  /** The sequence number after the last one the peer was ever allowed to send. */
  int edge() {
    return edge;
  }

  /** Bytes to advertise now. */
  private int window(int rcvNxt, int held) {
    int offered = edge - rcvNxt;
    int free = free(held);
    // MUST-39: no small steps.
    return free - offered >= Math.min(capacity / 2, segmentSize) ? free : offered;
  }

  private int free(int held) {
    return Math.clamp(capacity - held, 0, opening ? MAX_FIELD : MAX_FIELD << scale);
  }

  /** The window field of a segment that is sent now; remembers what it promises. */
  int advertise(int rcvNxt, int held) {
    int field = Math.min(window(rcvNxt, held) >> scale, MAX_FIELD);
    edge = SequenceNumber.later(edge, rcvNxt + (field << scale));
    return field;
  }

  /** Our SYN, sent before the peer's numbers were known, has promised {@code bytes}. */
  void promise(int rcvNxt, int bytes) {
    edge = SequenceNumber.later(edge, rcvNxt + bytes);
  }

  /** The window field of a segment with SYN, which is never scaled; at most {@code most} bytes are promised anew. */
  int advertiseUnscaled(int rcvNxt, int most) {
    int field = Math.min(Math.max(Math.min(capacity, most), edge - rcvNxt), MAX_FIELD);
    edge = SequenceNumber.later(edge, rcvNxt + field);
    return field;
  }

  /** Whether the peer must be told at once that the window has opened. */
  boolean isUpdateDue(int rcvNxt, int held) {
    int offered = edge - rcvNxt;
    int growth = free(held) - offered;
    boolean closed = offered >> scale == 0;
    return growth >= Math.min(capacity / 2, closed ? segmentSize : 2 * segmentSize);
  }
}
