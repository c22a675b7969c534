package io.reactorstack.ndp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.routing.AdvertisementSettings.Intervals;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The times of the multicast router advertisements of one interface (RFC 4861 sections 6.2.4 to 6.2.6): at random
 * intervals, the first ones quickly, soon after a solicitation, and never within three seconds of the last one.
 */
final class AdvertisementTimes {

  /** RFC 4861 10: MAX_INITIAL_RTR_ADVERTISEMENTS. */
  static final int INITIAL = 3;

  /** RFC 4861 10: MAX_INITIAL_RTR_ADVERT_INTERVAL. */
  private static final long INITIAL_INTERVAL = Duration.ofSeconds(16).toNanos();

  /** RFC 4861 10: MIN_DELAY_BETWEEN_RAS. */
  private static final long SPACING = Duration.ofSeconds(3).toNanos();

  /** RFC 4861 10: MAX_RA_DELAY_TIME. */
  private static final long MAX_DELAY = Duration.ofMillis(500).toNanos();

  private final LoopTurn turn;
  private final RandomGenerator random;
  private final Runnable send;
  private final Timers.Timer timer;
  private long shortest;
  private long longest;
  /** The number of advertisements left that follow quickly. */
  private int quick;
  /** The earliest time of the next advertisement. */
  private long free;
  /** Whether the next advertisement answers a solicitation. */
  private boolean answers;

  /**
   * Creates the schedule of one interface; it does not run yet.
   *
   * @param send sends an advertisement
   */
  AdvertisementTimes(LoopTurn turn, RandomGenerator random, Runnable send) {
    this.turn = turn;
    this.random = random;
    this.send = send;
    this.timer = turn.timer(this::onTimer);
    this.free = turn.now();
  }

  /** Begins, or begins again after a change of the advertised information. */
  void begin(Intervals intervals) {
    shortest = intervals.minRtrAdvInterval().toNanos();
    longest = intervals.maxRtrAdvInterval().toNanos();
    quick = INITIAL;
    // The random delay keeps routers that start together from advertising together.
    timer.set(Math.min(timer.deadline(), earliest(delay())));
  }

  /** Begins the last advertisements, which are as near to each other as permitted, until {@link #stop} is called. */
  void beginLast() {
    shortest = SPACING;
    longest = SPACING;
    quick = 0;
    timer.set(earliest(0));
  }

  /** A host solicits an advertisement. */
  void onSolicitation() {
    if (answers || timer.deadline() == Timers.NEVER) {
      return;
    }
    answers = true;
    // RFC 4861 6.2.6: an advertisement that is due before the random delay has passed is the answer.
    timer.set(Math.min(timer.deadline(), earliest(delay())));
  }

  /** Sends nothing more until the next begin. */
  void stop() {
    timer.cancel();
    answers = false;
  }

  private long delay() {
    return (long) (random.nextDouble() * MAX_DELAY);
  }

  private long earliest(long delay) {
    return Math.max(turn.now(), free) + delay;
  }

  private void onTimer() {
    answers = false;
    long now = turn.now();
    free = now + SPACING;
    long interval = shortest + (long) (random.nextDouble() * (longest - shortest));
    if (quick > 0) {
      quick--;
    }
    // RFC 4861 6.2.4: the first three advertisements are at most 16 s apart.
    timer.set(now + (quick > 0 ? Math.min(interval, INITIAL_INTERVAL) : interval));
    send.run();
  }
}
