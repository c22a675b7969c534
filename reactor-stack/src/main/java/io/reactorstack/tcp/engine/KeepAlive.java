package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.model.TcpSettings;

/** Sends probes to a silent peer on a connection where nothing is outstanding (RFC 9293 section 3.8.4). */
final class KeepAlive {

  private final Deadlines deadlines;
  private final UserTimeout userTimeout;
  private boolean on;
  private long idle;
  private long interval;
  private int probes;
  private boolean running;
  private long heardAt;
  private int unanswered;
  private boolean probeDue;

  KeepAlive(Deadlines deadlines, TcpSettings settings, UserTimeout userTimeout) {
    this.deadlines = deadlines;
    this.userTimeout = userTimeout;
    this.on = settings.probing().keepAlive();
    this.idle = settings.probing().keepAliveIdle().toNanos();
    this.interval = settings.probing().keepAliveInterval().toNanos();
    this.probes = settings.probing().keepAliveProbes();
  }

  /** Starts the timer when the connection is established. */
  void start(long now) {
    running = true;
    heardAt = now;
    arm(now);
  }

  /** Stops the timer when the connection leaves the transfer states. */
  void stop() {
    running = false;
    probeDue = false;
    deadlines.clear(Kind.KEEP_ALIVE);
  }

  /** Sets the user's values, in nanoseconds; they take effect immediately (MUST-24, MUST-27). */
  void set(boolean wanted, long idleNanos, long intervalNanos, int maxProbes, long now) {
    on = wanted;
    idle = idleNanos;
    interval = intervalNanos;
    probes = maxProbes;
    unanswered = 0;
    probeDue = false;
    arm(now);
  }

  private void arm(long now) {
    if (on && running) {
      deadlines.set(Kind.KEEP_ALIVE, Math.max(now, heardAt + idle()));
    } else {
      deadlines.clear(Kind.KEEP_ALIVE);
    }
  }

  /**
   * Returns the silence before the first probe. RFC 5482 4.2: it is longer than the user timeout agreed by the option;
   * otherwise a peer that is allowed to be away for that long would be given up.
   */
  private long idle() {
    return Math.max(idle, userTimeout.leastIdle());
  }

  /** Notes that the peer has sent a valid segment. Does not move the timer; its expiry checks this time. */
  void onHeard(long now) {
    heardAt = now;
    unanswered = 0;
    probeDue = false;
  }

  /** Handles the timer's expiry; returns whether the peer is dead. MUST-29: one unanswered probe proves nothing. */
  boolean onTimeout(boolean outstanding, long now) {
    if (outstanding) {
      // MUST-26: retransmissions probe the peer well enough.
      unanswered = 0;
      deadlines.set(Kind.KEEP_ALIVE, now + idle());
    } else if (unanswered == 0 && now - heardAt < idle()) {
      arm(now);
    } else if (unanswered >= probes) {
      return true;
    } else {
      unanswered++;
      probeDue = true;
      deadlines.set(Kind.KEEP_ALIVE, now + interval);
    }
    return false;
  }

  /** The number of probes sent since the peer's last segment. */
  int unanswered() {
    return unanswered;
  }

  boolean takeProbe() {
    boolean due = probeDue;
    probeDue = false;
    return due;
  }
}
