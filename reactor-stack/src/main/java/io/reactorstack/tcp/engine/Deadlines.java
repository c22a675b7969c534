package io.reactorstack.tcp.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** All timers of a connection in one small table: what is waited for, and until when in nanoseconds. */
final class Deadlines {

  /** What a connection may wait for. */
  enum Kind {
    /** The acknowledgement of the earliest segment in flight, of a SYN too (RFC 6298). */
    RETRANSMISSION,
    /** The end of the wait for what may only be reordered (RFC 8985 section 6). */
    REORDERING,
    /** The probe of a window's end (RFC 8985 section 7). */
    TAIL_PROBE,
    /** The end of the pause after congestion at a window of one segment (RFC 3168 section 6.1.2). */
    CONGESTION_HOLD,
    /** The next probe of a zero window (RFC 9293 section 3.8.6.1). */
    PERSIST,
    /** The end of silly window avoidance's patience (RFC 9293 section 3.8.6.2.1). */
    SEND_OVERRIDE,
    /** The turn of the next segment when they are spread over the round trip. */
    PACING,
    /** A delayed acknowledgement (RFC 9293 section 3.8.6.3). */
    DELAYED_ACK,
    /** The end of the patience with an unresponsive peer: R2 (RFC 9293 section 3.8.3). */
    USER_TIMEOUT,
    /** The next probe of a silent peer (RFC 9293 section 3.8.4). */
    KEEP_ALIVE,
    /** The peer's FIN, when nobody reads any more. */
    FIN_WAIT_2,
    /** Something acknowledged by the peer of a connection that its user has closed. */
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

  /** Clears and returns a kind that is due, or returns {@code null}. */
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
