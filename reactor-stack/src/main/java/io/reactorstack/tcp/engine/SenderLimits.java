package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.model.TcpInfo;
import java.time.Duration;

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

  /**
   * Observes a sender that has nothing more to send at {@code now}. The observed limit holds until the next
   * observation.
   */
  void observe(Sender sender, SendBuffer buffer, long now) {
    pass(now);
    bound = bound(sender, buffer);
    closed = bound != Bound.IDLE && sender.space().sndWnd() == 0;
  }

  private void pass(long now) {
    long passed = Math.max(0, now - since);
    nanos[bound.ordinal()] += passed;
    if (closed) {
      zeroWindow += passed;
    }
    since = now;
  }

  private static Bound bound(Sender sender, SendBuffer buffer) {
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

  TcpInfo.Limits info(long now) {
    long passed = Math.max(0, now - since);
    long busy = 0;
    for (Bound b : BOUNDS) {
      busy += b == Bound.IDLE ? 0 : at(b, passed);
    }
    return new TcpInfo.Limits(
        Duration.ofNanos(busy),
        Duration.ofNanos(at(Bound.PEER_WINDOW, passed)),
        Duration.ofNanos(at(Bound.SEND_BUFFER, passed)),
        Duration.ofNanos(at(Bound.CONGESTION_WINDOW, passed)),
        Duration.ofNanos(zeroWindow + (closed ? passed : 0)));
  }

  private long at(Bound b, long passed) {
    return nanos[b.ordinal()] + (b == bound ? passed : 0);
  }
}
