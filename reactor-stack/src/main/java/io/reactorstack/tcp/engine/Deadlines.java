package io.reactorstack.tcp.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** All timers of a connection in one small table: for each kind, the time at which it expires, in nanoseconds. */
final class Deadlines {

  /** The timers of a connection. */
  enum Kind {
    /** The retransmission timer of the earliest segment in flight, including a SYN (RFC 6298). */
    RETRANSMISSION,
    /** The end of the reordering window, after which missing segments count as lost (RFC 8985 section 6). */
    REORDERING,
    /** The tail loss probe (RFC 8985 section 7). */
    TAIL_PROBE,
    /** The end of the pause after a congestion mark at a window of one segment (RFC 3168 section 6.1.2). */
    CONGESTION_HOLD,
    /** The next probe of a zero window (RFC 9293 section 3.8.6.1). */
    PERSIST,
    /** The override timeout of silly window avoidance (RFC 9293 section 3.8.6.2.1). */
    SEND_OVERRIDE,
    /** The departure of the next segment when segments are paced. */
    PACING,
    /** A delayed acknowledgement (RFC 9293 section 3.8.6.3). */
    DELAYED_ACK,
    /** The user timeout, after which an unresponsive peer is given up: R2 (RFC 9293 section 3.8.3). */
    USER_TIMEOUT,
    /** The next probe of a silent peer (RFC 9293 section 3.8.4). */
    KEEP_ALIVE,
    /** The limit on the wait for the peer's FIN when the user no longer reads. */
    FIN_WAIT_2,
    /** The limit on the wait for acknowledgements after the user has closed the connection. */
    ORPHAN,
    /** The end of TIME-WAIT: 2 MSL. */
    TIME_WAIT
  }

  private static final Kind[] KINDS = Kind.values();

  private final long[] at = new long[KINDS.length];

  Deadlines() {
    clearAll();
  }

  void set(Kind kind, long when) {
    at[kind.ordinal()] = when;
  }

  void clear(Kind kind) {
    at[kind.ordinal()] = TcpEngine.NO_DEADLINE;
  }

  void clearAll() {
    Arrays.fill(at, TcpEngine.NO_DEADLINE);
  }

  boolean isSet(Kind kind) {
    return at[kind.ordinal()] != TcpEngine.NO_DEADLINE;
  }

  long earliest() {
    long earliest = TcpEngine.NO_DEADLINE;
    for (long when : at) {
      earliest = Math.min(earliest, when);
    }
    return earliest;
  }

  /** Clears and returns a timer that is due, or returns {@code null}. */
  @Nullable
  Kind takeDue(long now) {
    for (Kind kind : KINDS) {
      long when = at[kind.ordinal()];
      if (when <= now && when != TcpEngine.NO_DEADLINE) {
        clear(kind);
        return kind;
      }
    }
    return null;
  }
}
