package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;

/**
 * The receive window: capacity less memory held. Its right edge never moves left, and moves right only in steps that
 * are worth a segment (RFC 9293 section 3.8.6.2.2, RFC 7323 section 2.4).
 *
 * <p>With window scaling, the field on the wire counts in units of 2<sup>scale</sup> bytes, so the edge it shows may be
 * up to one unit left of the promised one. Segments are accepted up to {@link #edge}, the furthest edge ever
 * advertised.
 */
final class ReceiveWindow {

  static final int MAX_FIELD = 0xffff;

  private final int segmentSize;
  private int capacity;
  private int scale;
  private boolean opening = true;
  private int edge;

  /**
   * Creates a window that is not advertised yet.
   *
   * @param rcvNxt the peer's first sequence number after its SYN
   * @param segmentSize the segment size that justifies a window update, in bytes
   */
  ReceiveWindow(int capacity, int rcvNxt, int segmentSize) {
    this.capacity = capacity;
    this.edge = rcvNxt;
    this.segmentSize = segmentSize;
  }

  /** Returns the scale that allows {@code capacity} to be advertised as a whole; at most 14 (RFC 7323 section 2.3). */
  static int scaleFor(int capacity) {
    int scale = 0;
    while (scale < 14 && MAX_FIELD << scale < capacity) {
      scale++;
    }
    return scale;
  }

  /** Sets the agreed scale, the shift of the window field in every segment without SYN (RFC 7323 section 2.2). */
  void agree(int negotiated) {
    scale = negotiated;
  }

  /** Ends the handshake: the window may exceed what the unscaled field of a SYN-ACK can advertise. */
  void open() {
    opening = false;
  }

  /** The segment size that justifies a window update, in bytes. */
  int segmentSize() {
    return segmentSize;
  }

  int capacity() {
    return capacity;
  }

  void capacity(int bytes) {
    capacity = bytes;
  }

  /** The sequence number after the last one that the peer was ever allowed to send. */
  int edge() {
    return edge;
  }

  /** Returns the bytes to advertise. */
  private int window(int rcvNxt, int held) {
    int offered = edge - rcvNxt;
    int free = free(held);
    // MUST-39: the edge does not move in small steps.
    return free - offered >= Math.min(capacity / 2, segmentSize) ? free : offered;
  }

  private int free(int held) {
    return Math.clamp(capacity - held, 0, opening ? MAX_FIELD : MAX_FIELD << scale);
  }

  /** Returns the window field of the next segment, and moves the edge to what it promises. */
  int advertise(int rcvNxt, int held) {
    int field = Math.min(window(rcvNxt, held) >> scale, MAX_FIELD);
    edge = SequenceNumber.later(edge, rcvNxt + (field << scale));
    return field;
  }

  /** Returns the window field of a segment that promises nothing new. */
  int field(int rcvNxt) {
    return Math.clamp((edge - rcvNxt) >> scale, 0, MAX_FIELD);
  }

  /** Notes that our SYN, sent before the peer's numbers were known, has promised {@code bytes}. */
  void promise(int rcvNxt, int bytes) {
    edge = SequenceNumber.later(edge, rcvNxt + bytes);
  }

  /**
   * Returns the window field of a segment with SYN, which is never scaled. It promises at most {@code most} bytes,
   * unless more was promised before.
   */
  int advertiseUnscaled(int rcvNxt, int most) {
    int field = Math.min(Math.max(Math.min(capacity, most), edge - rcvNxt), MAX_FIELD);
    edge = SequenceNumber.later(edge, rcvNxt + field);
    return field;
  }

  /** Returns whether the window has opened enough to send the peer an update immediately. */
  boolean isUpdateDue(int rcvNxt, int held) {
    int offered = edge - rcvNxt;
    int growth = free(held) - offered;
    boolean closed = offered >> scale == 0;
    return growth >= Math.min(capacity / 2, closed ? segmentSize : 2 * segmentSize);
  }
}
