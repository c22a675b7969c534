package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.recovery.LossRecovery;
import io.reactorstack.wire.TcpSegment;

/**
 * The data sender's side of explicit congestion notification (RFC 3168 section 6.1.2, RFC 8311): which segments may be marked, what
 * the peer is told, and when nothing may be sent. The reaction of the window is {@link LossRecovery}'s.
 */
final class EcnReaction {

  /** ECT(0), the only codepoint outside of experiments (RFC 8311 section 4.2). */
  private static final int CAPABLE = 2;

  private static final long NEVER = Long.MIN_VALUE;

  private final boolean agreed;
  private final Deadlines deadlines;
  private long holdUntil = NEVER;

  /** {@code agreed} tells whether both sides agreed in their SYNs. */
  EcnReaction(boolean agreed, Deadlines deadlines) {
    this.agreed = agreed;
    this.deadlines = deadlines;
  }

  /** Whether {@code segment} tells of congestion on our way to the peer. */
  boolean isEcho(TcpSegment segment) {
    return agreed && segment.has(TcpSegment.ECE) && !segment.has(TcpSegment.SYN);
  }

  /** The codepoint of a segment with {@code bytes} of new data; everything else is sent without one. */
  int codepoint(int bytes) {
    return agreed && bytes > 0 ? CAPABLE : 0;
  }

  /** CWR on the first new data after the window was reduced, for whatever reason. */
  int flags(int bytes, LossRecovery recovery) {
    return agreed && bytes > 0 && recovery.takeReduction() ? TcpSegment.CWR : 0;
  }

  /** RFC 3168 6.1.2: the window is one segment and cannot fall; nothing new is sent for a retransmission timeout. */
  void hold(long until) {
    holdUntil = until;
    deadlines.set(Kind.CONGESTION_HOLD, until);
  }

  boolean isHeld(long now) {
    return holdUntil != NEVER && now < holdUntil;
  }
}
