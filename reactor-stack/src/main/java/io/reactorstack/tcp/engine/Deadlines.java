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
  private static final int FIRST_LENGTH = 2;
  private static final long[] NONE = {};

  /** The timers that run: one bit for each kind, by its ordinal. */
  private int running;
  /** The times at which they expire, in the order of their kinds. Seldom more than two run at a time. */
  private long[] at = NONE;

  void set(Kind kind, long when) {
    if (when == TcpEngine.NO_DEADLINE) {
      clear(kind);
      return;
    }
    int slot = slot(kind);
    if (!isSet(kind)) {
      int count = Integer.bitCount(running);
      if (count == at.length) {
        at = Arrays.copyOf(at, Math.max(FIRST_LENGTH, 2 * count));
      }
      System.arraycopy(at, slot, at, slot + 1, count - slot);
      running |= bit(kind);
    }
    at[slot] = when;
  }

  void clear(Kind kind) {
    if (isSet(kind)) {
      int slot = slot(kind);
      running &= ~bit(kind);
      System.arraycopy(at, slot + 1, at, slot, Integer.bitCount(running) - slot);
    }
  }

  void clearAll() {
    running = 0;
    trim();
  }

  /** Gives up the memory of the table if no timer runs: the connection may rest for long. */
  void trim() {
    if (running == 0) {
      at = NONE;
    }
  }

  boolean isSet(Kind kind) {
    return (running & bit(kind)) != 0;
  }

  long earliest() {
    long earliest = TcpEngine.NO_DEADLINE;
    for (int i = Integer.bitCount(running) - 1; i >= 0; i--) {
      earliest = Math.min(earliest, at[i]);
    }
    return earliest;
  }

  /** Clears and returns a timer that is due, or returns {@code null}. */
  @Nullable
  Kind takeDue(long now) {
    for (int left = running; left != 0; left &= left - 1) {
      Kind kind = KINDS[Integer.numberOfTrailingZeros(left)];
      if (at[slot(kind)] <= now) {
        clear(kind);
        return kind;
      }
    }
    return null;
  }

  private static int bit(Kind kind) {
    return 1 << kind.ordinal();
  }

  /** Returns the index of the timer, or the one that it would have. */
  private int slot(Kind kind) {
    return Integer.bitCount(running & bit(kind) - 1);
  }
}
