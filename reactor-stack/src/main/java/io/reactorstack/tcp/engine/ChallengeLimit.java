package io.reactorstack.tcp.engine;

/**
 * The acknowledgements that segments without use can draw from one connection: one in an interval (RFC 5961 section 7).
 *
 * <p>Nothing is shared between connections: a limit for the whole host would tell an attacker of one connection how many
 * acknowledgements another one has sent (CVE-2016-5696). And what the peer itself needs, the answer to data that came
 * before, is not limited.
 */
final class ChallengeLimit {

  private final long interval;
  private boolean taken;
  private long takenAt;

  /** {@code interval} in nanoseconds; zero for no limit. */
  ChallengeLimit(long interval) {
    this.interval = interval;
  }

  /** Whether one more may be answered now. */
  boolean take(long now) {
    if (taken && now - takenAt < interval) {
      return false;
    }
    taken = true;
    takenAt = now;
    return true;
  }
}
