package io.reactorstack.nat.engine;

import io.reactorstack.wire.TcpSegment;

/**
 * The progress of a TCP connection as the segments in both directions show it (RFC 7857 section 2.1): a set of the
 * control bits seen, in an {@code int}. The machine does not look at sequence numbers.
 *
 * <p>A connection is open when each end has sent a SYN and an acknowledgement, which covers simultaneous open (RFC 5382
 * REQ-2), and closed when each end has sent a FIN. A reset, which may be forged, does not end the session: it begins the
 * timeout of a closed connection, and a later segment without RST revives the connection. RFC 7857 section 2.2 permits to
 * end the session at once, but does not ask for it.
 */
final class TcpProgress {

  /** The result of {@link #first} for a segment with which no session begins. */
  static final int NONE = 0;

  private static final int SYN_SENT = 1;
  private static final int SYN_RECEIVED = 1 << 1;
  private static final int ACK_SENT = 1 << 2;
  private static final int ACK_RECEIVED = 1 << 3;
  private static final int FIN_SENT = 1 << 4;
  private static final int FIN_RECEIVED = 1 << 5;
  private static final int RESET = 1 << 6;

  private static final int OPEN = SYN_SENT | SYN_RECEIVED | ACK_SENT | ACK_RECEIVED;
  private static final int CLOSED = FIN_SENT | FIN_RECEIVED;

  private TcpProgress() {}

  /** Returns whether a segment with these control bits asks for a new connection. */
  static boolean isSyn(int flags) {
    return (flags & (TcpSegment.SYN | TcpSegment.ACK | TcpSegment.RST | TcpSegment.FIN)) == TcpSegment.SYN;
  }

  /**
   * Returns the progress after the first segment of a session: a SYN, or a segment of a connection that the translator
   * has forgotten, for example in a restart. {@link #NONE} for any other segment.
   *
   * @param sent whether the segment comes from inside
   */
  static int first(int flags, boolean sent) {
    if (isSyn(flags)) {
      return sent ? SYN_SENT : SYN_RECEIVED;
    }
    boolean isAck = (flags & (TcpSegment.SYN | TcpSegment.ACK | TcpSegment.RST | TcpSegment.FIN)) == TcpSegment.ACK;
    return isAck ? SYN_SENT | SYN_RECEIVED | (sent ? ACK_SENT : ACK_RECEIVED) : NONE;
  }

  /** Returns the progress after a further segment. */
  static int after(int progress, int flags, boolean sent) {
    if ((flags & TcpSegment.RST) != 0) {
      return progress | RESET;
    }
    if (isSyn(flags) && idle(progress) == Idle.TCP_CLOSING) {
      // The ends use their ports again for a new connection.
      return first(flags, sent);
    }
    int seen = progress & ~RESET;
    if ((flags & TcpSegment.SYN) != 0) {
      seen |= sent ? SYN_SENT : SYN_RECEIVED;
    }
    if ((flags & TcpSegment.ACK) != 0) {
      seen |= sent ? ACK_SENT : ACK_RECEIVED;
    }
    if ((flags & TcpSegment.FIN) != 0) {
      seen |= sent ? FIN_SENT : FIN_RECEIVED;
    }
    return seen;
  }

  /** Returns the timeout of a connection with this progress. */
  static Idle idle(int progress) {
    if ((progress & RESET) != 0 || (progress & CLOSED) == CLOSED) {
      return Idle.TCP_CLOSING;
    }
    return (progress & OPEN) == OPEN ? Idle.TCP_ESTABLISHED : Idle.TCP_OPENING;
  }

  static boolean isReset(int progress) {
    return (progress & RESET) != 0;
  }
}
