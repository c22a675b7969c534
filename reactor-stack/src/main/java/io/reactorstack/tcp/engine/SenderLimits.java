package io.reactorstack.tcp.engine;

/** Measures how long the sender was busy, and what held it back in that time. */
final class SenderLimits {

  /** The present limit of the sender; there is at most one at a time. */
  private enum Bound {
    IDLE,
    NOTHING,
    PEER_WINDOW,
    SEND_BUFFER,
    CONGESTION_WINDOW
  }

  private static final Bound[] BOUNDS = Bound.values();

  private final long[] nanos = new long[BOUNDS.length];
  private Bound bound = Bound.IDLE;
  private boolean closed;
  private long zeroWindow;
  private long since;

  /** Creates the measurement of a sender that was idle until {@code now}. */
  SenderLimits(long now) {
    since = now;
  }

  /**
   * Observes a sender that has nothing more to send at {@code now}. The observed limit holds until the next
   * observation.
   */
  void observe(SendingHalf sender, SendBuffer buffer, long now) {
    pass(now);
    bound = bound(sender, buffer);
    closed = bound != Bound.IDLE && sender.space().sndWnd() == 0;
  }

  private void pass(long now) {
    long passed = passed(now);
    nanos[bound.ordinal()] += passed;
    if (closed) {
      zeroWindow += passed;
    }
    since = now;
  }

  private static Bound bound(SendingHalf sender, SendBuffer buffer) {
    int unsent = sender.space().unsent();
    int flight = sender.space().flightSize();
    if (unsent == 0) {
      if (flight == 0) {
        return Bound.IDLE;
      }
      return buffer.isFull() ? Bound.SEND_BUFFER : Bound.NOTHING;
    }
    int usable = sender.space().sndWnd() - flight;
    if (usable < Math.min(unsent, sender.mss())) {
      return Bound.PEER_WINDOW;
    }
    // The peer would accept a full segment, but it was not sent. A smaller one waits because of Nagle's algorithm.
    return unsent >= sender.mss() ? Bound.CONGESTION_WINDOW : Bound.NOTHING;
  }

  /** The time in which the sender was not idle, in nanoseconds. */
  long busy(long now) {
    long busy = 0;
    for (Bound b : BOUNDS) {
      busy += b == Bound.IDLE ? 0 : at(b, now);
    }
    return busy;
  }

  /** The time in which the peer's window held data back, in nanoseconds. */
  long peerWindow(long now) {
    return at(Bound.PEER_WINDOW, now);
  }

  /** The time in which the send buffer was full, in nanoseconds. */
  long sendBuffer(long now) {
    return at(Bound.SEND_BUFFER, now);
  }

  /** The time in which the congestion window held data back, in nanoseconds. */
  long congestionWindow(long now) {
    return at(Bound.CONGESTION_WINDOW, now);
  }

  /** The time in which the peer's window was closed although the sender was not idle, in nanoseconds. */
  long zeroWindow(long now) {
    return zeroWindow + (closed ? passed(now) : 0);
  }

  private long passed(long now) {
    return Math.max(0, now - since);
  }

  private long at(Bound b, long now) {
    return nanos[b.ordinal()] + (b == bound ? passed(now) : 0);
  }
}
