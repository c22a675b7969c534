package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.engine.Deadlines.Kind;

/** The persist timer: it probes a zero window at growing intervals, for as long as the peer answers (MUST-36, -37). */
final class Persist {

  private final Deadlines deadlines;
  private final long maxInterval;
  private boolean active;
  private boolean probeDue;
  /** The interval between the last probe and the next one, in nanoseconds. */
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

  /**
   * Starts the timer when the window is zero and data waits. The first probe goes out after one retransmission timeout
   * (SHLD-29).
   */
  void start(long rto, long now) {
    if (!active) {
      active = true;
      interval = rto;
      backoffs = 0;
      deadlines.set(Kind.PERSIST, now + interval);
    }
  }

  /** Sends a probe at {@code now}; the next one follows after the present interval. */
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

  /**
   * Notes that a probe is sent. SHLD-30: the next one follows after twice the interval, whatever the peer answers,
   * unless it opens its window.
   */
  void onProbed(long now) {
    probeDue = false;
    unanswered++;
    interval = Math.min(2 * interval, maxInterval);
    backoffs++;
    deadlines.set(Kind.PERSIST, now + interval);
  }

  /** Notes an acknowledgement of the peer; returns whether a probe was unanswered until then. */
  boolean onAnswered() {
    boolean probed = unanswered > 0;
    unanswered = 0;
    return probed;
  }

  /** The number of times that the interval was doubled. */
  int backoffs() {
    return active ? backoffs : 0;
  }

  /** The number of probes since the last answer. */
  int unanswered() {
    return unanswered;
  }
}
