package io.reactorstack.tcp.engine;

/**
 * Limits the challenge ACKs of one connection: at most one per interval (RFC 5961 section 7).
 *
 * <p>The limit is per connection. A limit shared by all connections of the host would let an attacker on one connection
 * count the challenge ACKs of another one (CVE-2016-5696). Answers that the peer itself needs, to data that it has sent
 * again, are not limited.
 */
final class ChallengeLimit {

  private final long interval;
  private boolean taken;
  private long takenAt;

  /** Creates a limit with an interval in nanoseconds; 0 means no limit. */
  ChallengeLimit(long interval) {
    this.interval = interval;
  }

  /** Returns whether a challenge ACK may be sent at {@code now}, and counts it. */
  boolean take(long now) {
    if (taken && now - takenAt < interval) {
      return false;
    }
    taken = true;
    takenAt = now;
    return true;
  }
}
