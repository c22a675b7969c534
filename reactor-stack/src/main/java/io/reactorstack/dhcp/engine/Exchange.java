package io.reactorstack.dhcp.engine;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * A transaction: a message that is retransmitted until a server answers.
 *
 * @param xid the transaction identifier, the same in each retransmission
 * @param begunAt the time of the first transmission
 * @param secs the seconds that the last transmission stated
 * @param sent the number of transmissions
 * @param repeatAt the time of the next one
 */
record Exchange(int xid, long begunAt, int secs, int sent, long repeatAt) {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long FIRST_DELAY = 4 * SECOND;
  private static final int MOST_DOUBLINGS = 4;
  private static final int MOST_SECS = 0xffff;

  /** Returns a new transaction at {@code now}, whose first message is due. */
  static Exchange begin(RandomGenerator random, long now) {
    return new Exchange(random.nextInt(), now, 0, 0, now);
  }

  /** Returns the transaction after a transmission at {@code now}, with the next one due at {@code next}. */
  Exchange sent(long now, long next) {
    return new Exchange(xid, begunAt, secsAt(now), sent + 1, next);
  }

  /** Returns the transaction of the request that answers an offer: it keeps the identifier and the seconds. */
  Exchange continued(long now) {
    return new Exchange(xid, begunAt, secs, 0, now);
  }

  /** Returns the transaction after a transmission that repeats the seconds of the first one. */
  Exchange sentWithSameSecs(long next) {
    return new Exchange(xid, begunAt, secs, sent + 1, next);
  }

  /** Returns the seconds since the begin, as the field of a message. */
  int secsAt(long now) {
    return (int) Math.min(MOST_SECS, (now - begunAt) / SECOND);
  }

  /** RFC 2131 4.1: 4, 8, 16, 32 and then 64 seconds, each with a random second more or less. */
  long backoff(RandomGenerator random, long now) {
    return now + (FIRST_DELAY << Math.min(sent, MOST_DOUBLINGS)) + random.nextLong(-SECOND, SECOND + 1);
  }
}
