package io.reactorstack.tcp.engine;

import io.reactorstack.wire.TcpSegment;

/**
 * The receiving side of explicit congestion notification (RFC 3168 section 6.1.3): a mark of the network is echoed in every
 * acknowledgement until the sender tells that it has reacted.
 */
final class EcnEcho {

  private static final int CONGESTION_EXPERIENCED = 3;

  private boolean agreed;
  private boolean echoing;
  private boolean seen;

  /** {@code agreed} tells whether both sides agreed in their SYNs (RFC 3168 section 6.1.1). */
  EcnEcho(boolean agreed) {
    this.agreed = agreed;
  }

  /** The peer's SYN came again: if it no longer asks, its first one was lost, and so is the agreement (section 6.1.1). */
  void onRepeatedSyn(TcpSegment syn) {
    agreed &= syn.has(TcpSegment.ECE) && syn.has(TcpSegment.CWR);
  }

  boolean isAgreed() {
    return agreed;
  }

  /** Whether a segment of the peer has ever carried an ECN codepoint. */
  boolean isSeen() {
    return seen;
  }

  /**
   * A segment with data came that lies in the window, or probes a closed one; others do not count (RFC 3168 sections 6.1.5
   * and 6.1.6).
   */
  void onData(TcpSegment segment, AckPolicy acks) {
    seen |= segment.ecn() != 0;
    if (!agreed) {
      return;
    }
    if (segment.has(TcpSegment.CWR)) {
      echoing = false;
      // The sender's window may now be one segment: it waits for this acknowledgement.
      acks.onDue();
    }
    if (segment.ecn() == CONGESTION_EXPERIENCED && !echoing) {
      echoing = true;
      acks.onCongestion();
    }
  }

  /** The flag of every segment with ACK that is sent now. */
  int flags() {
    return echoing ? TcpSegment.ECE : 0;
  }
}
