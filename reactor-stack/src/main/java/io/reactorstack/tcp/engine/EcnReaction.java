package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.recovery.LossRecovery;
import io.reactorstack.wire.TcpSegment;

/**
 * The data sender's side of explicit congestion notification (RFC 3168 section 6.1.2, RFC 8311): which segments carry
 * ECT, which carry CWR, and when nothing may be sent. {@link LossRecovery} reduces the window.
 */
final class EcnReaction {

  /** ECT(0), the only codepoint for use outside of experiments (RFC 8311 section 4.2). */
  private static final int CAPABLE = 2;

  private static final long NEVER = Long.MIN_VALUE;

  private final boolean agreed;
  private final Deadlines deadlines;
  private long holdUntil = NEVER;

  /** Creates the sending side; {@code agreed} is true if both SYNs agreed on ECN. */
  EcnReaction(boolean agreed, Deadlines deadlines) {
    this.agreed = agreed;
    this.deadlines = deadlines;
  }

  /** Returns whether {@code segment} reports congestion on the path to the peer. */
  boolean isEcho(TcpSegment segment) {
    return agreed && segment.has(TcpSegment.ECE) && !segment.has(TcpSegment.SYN);
  }

  /** Returns the codepoint of a segment with {@code bytes} of new data; only new data carries ECT. */
  int codepoint(int bytes) {
    return agreed && bytes > 0 ? CAPABLE : 0;
  }

  /** Returns CWR for the first new data after a reduction of the window, whatever its reason. */
  int flags(int bytes, LossRecovery recovery) {
    return agreed && bytes > 0 && recovery.takeReduction() ? TcpSegment.CWR : 0;
  }

  /**
   * Stops new data until {@code until}. RFC 3168 6.1.2: a window of one segment cannot be reduced, so the sender pauses
   * for one retransmission timeout.
   */
  void hold(long until) {
    holdUntil = until;
    deadlines.set(Kind.CONGESTION_HOLD, until);
  }

  boolean isHeld(long now) {
    return holdUntil != NEVER && now < holdUntil;
  }
}
