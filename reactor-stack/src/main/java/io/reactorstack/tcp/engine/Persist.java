package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.engine.Deadlines.Kind;

/** The persist timer: probes of a zero window at growing intervals, for as long as they are answered (MUST-36, -37). */
final class Persist {

  private final Deadlines deadlines;
  private final long maxInterval;
  private boolean active;
  private boolean probeDue;
  /** Between the last probe and the next one. */
  private long interval;
  private int backoffs;
  private int unanswered;

  Persist(Deadlines deadlines, long maxInterval) {
    this.deadlines = deadlines;
    this.maxInterval = maxInterval;
  }

  boolean isActive() {
    return active;
  }

  /** The window is zero and something waits: the first probe goes out after one retransmission timeout (SHLD-29). */
  void start(long rto, long now) {
    if (!active) {
      active = true;
      interval = rto;
      backoffs = 0;
      deadlines.set(Kind.PERSIST, now + interval);
    }
  }

  /** There is a reason to ask now, and again after the present interval. */
  void probeAt(long now) {
    if (active) {
      deadlines.set(Kind.PERSIST, now);
    }
  }

  void stop() {
    active = false;
    probeDue = false;
    deadlines.clear(Kind.PERSIST);
  }

  void onTimeout() {
    if (active) {
      probeDue = true;
    }
  }

  boolean isProbeDue() {
    return probeDue;
  }

  /** A probe goes out. SHLD-30: the next one follows in twice the time, whatever the peer answers short of opening its window. */
  void onProbed(long now) {
    probeDue = false;
    unanswered++;
    interval = Math.min(2 * interval, maxInterval);
    backoffs++;
    deadlines.set(Kind.PERSIST, now + interval);
  }

  /** The peer has sent an acknowledgement; returns whether a probe has waited for it. */
  boolean onAnswered() {
    boolean probed = unanswered > 0;
    unanswered = 0;
    return probed;
  }

  /** How often the interval was doubled. */
  int backoffs() {
    return active ? backoffs : 0;
  }

  /** Probes since the last answer. */
  int unanswered() {
    return unanswered;
  }
}
