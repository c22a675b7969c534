package io.reactorstack.pathmtu.engine;

/** The probes of one size, of which one at a time is in flight. */
final class Trial {

  private final int size;
  private final long firstId;
  private final long firstSentAt;
  private long lastId;
  private long lastSentAt;
  private boolean inFlight;
  /** PROBE_COUNT: the probes that were lost in a row. */
  private int lost;

  /** Starts with the probe {@code id} of {@code size}, which is sent at {@code now}. */
  Trial(int size, long id, long now) {
    this.size = size;
    this.firstId = id;
    this.firstSentAt = now;
    onSent(id, now);
  }

  void onSent(long id, long now) {
    lastId = id;
    lastSentAt = now;
    inFlight = true;
  }

  /** Notes that the probe in flight was lost; {@code counted} is false if it was not sent at all. */
  void onLost(boolean counted) {
    inFlight = false;
    lost += counted ? 1 : 0;
  }

  int size() {
    return size;
  }

  int lost() {
    return lost;
  }

  boolean isInFlight() { return inFlight; }

  long lastSentAt() {
    return lastSentAt;
  }

  /** Returns whether {@code id} is the probe in flight. */
  boolean isLast(long id) {
    return id == lastId && inFlight;
  }

  /**
   * Returns whether {@code id} is one of these probes. An acknowledgement that arrives after PROBE_TIMER still proves
   * that the size passes.
   */
  boolean contains(long id) {
    return firstId <= id && id <= lastId;
  }

  /** Returns the time since the probe {@code id} was sent, or more, in nanoseconds. */
  long age(long id, long now) {
    return now - (id == lastId ? lastSentAt : firstSentAt);
  }
}
