package io.reactorstack.tcp.engine;

/**
 * The number of acknowledgements that segments without use can draw from one connection (RFC 5961 section 7): a bucket per
 * connection, so that nothing is learnt from it about another one.
 */
final class ChallengeLimit {

  private static final int BURST = 10;
  private static final long REFILL = 500_000_000L;

  private int tokens = BURST;
  private long refilledAt;

  ChallengeLimit(long now) {
    refilledAt = now;
  }

  /** Whether one more may be answered now. */
  boolean take(long now) {
    long refills = (now - refilledAt) / REFILL;
    if (refills > 0) {
      tokens = (int) Math.min(BURST, tokens + refills);
      refilledAt += refills * REFILL;
    }
    if (tokens == 0) {
      return false;
    }
    tokens--;
    return true;
  }
}
