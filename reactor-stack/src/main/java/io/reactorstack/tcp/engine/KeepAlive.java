package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.model.TcpSettings;

/** Probes of a peer that has been silent for long, on a connection where nothing is outstanding (RFC 9293 section 3.8.4). */
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

  /** The connection is established. */
  void start(long now) {
    running = true;
    heardAt = now;
    arm(now);
  }

  /** The connection carries nothing any more. */
  void stop() {
    running = false;
    probeDue = false;
    deadlines.clear(Kind.KEEP_ALIVE);
  }

  /** MUST-24, MUST-27: the user's wish, in nanoseconds, in force from now on. */
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

  /** RFC 5482 4.2: more than the user timeout that the option has agreed on, or a peer that may be away for long is given up. */
  private long idle() {
    return Math.max(idle, userTimeout.leastIdle());
  }

  /** The peer has sent something that belongs to the connection. The timer is not moved: it looks when it expires. */
  void onHeard(long now) {
    heardAt = now;
    unanswered = 0;
    probeDue = false;
  }

  /** Returns whether the peer is dead; MUST-29: one probe without an answer tells nothing. */
  boolean onTimeout(boolean outstanding, long now) {
    if (outstanding) {
      // MUST-26: what is sent again probes well enough.
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

  /** Probes since the peer was heard. */
  int unanswered() {
    return unanswered;
  }

  boolean takeProbe() {
    boolean due = probeDue;
    probeDue = false;
    return due;
  }
}
