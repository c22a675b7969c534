package io.reactorstack.tcp.engine;

import io.reactorstack.wire.TcpSegment;

/**
 * The receiving side of explicit congestion notification (RFC 3168 section 6.1.3): every acknowledgement echoes a
 * congestion mark until the sender reports that it has reduced its window.
 */
final class EcnEcho {

  private static final int CONGESTION_EXPERIENCED = 3;

  private boolean agreed;
  private boolean echoing;
  private boolean seen;

  /** Creates the receiving side; {@code agreed} is true if both SYNs agreed on ECN (RFC 3168 section 6.1.1). */
  EcnEcho(boolean agreed) {
    this.agreed = agreed;
  }

  /**
   * Processes a repeated SYN of the peer. If it no longer requests ECN, the peer did not get our answer to the first
   * one and has given up ECN (RFC 3168 section 6.1.1).
   */
  void onRepeatedSyn(TcpSegment syn) {
    agreed &= syn.has(TcpSegment.ECE) && syn.has(TcpSegment.CWR);
  }

  boolean isAgreed() {
    return agreed;
  }

  /** Returns whether any data segment of the peer has carried an ECN codepoint. */
  boolean isSeen() {
    return seen;
  }

  /**
   * Processes the ECN fields of a data segment that lies in the window or probes a closed one. Other segments do not
   * count (RFC 3168 sections 6.1.5 and 6.1.6).
   */
  void onData(TcpSegment segment, AckPolicy acks) {
    seen |= segment.ecn() != 0;
    if (!agreed) {
      return;
    }
    if (segment.has(TcpSegment.CWR)) {
      echoing = false;
      // The sender's window may have fallen to one segment, so that it waits for this acknowledgement.
      acks.onDue();
    }
    if (segment.ecn() == CONGESTION_EXPERIENCED && !echoing) {
      echoing = true;
      acks.onCongestion();
    }
  }

  /** The flags for every segment with ACK: ECE while a mark is echoed. */
  int flags() {
    return echoing ? TcpSegment.ECE : 0;
  }
}
