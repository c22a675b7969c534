package io.reactorstack.ndp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The times at which an interface solicits routers: until one answers as a default router, at growing intervals and
 * without an end (RFC 4861 section 6.3.7, RFC 7559).
 */
final class RouterSolicitations {

  /** RFC 4861 10: MAX_RTR_SOLICITATION_DELAY. */
  private static final long MAX_DELAY = Duration.ofSeconds(1).toNanos();

  /** RFC 7559 2: IRT. RFC 4861 10: RTR_SOLICITATION_INTERVAL. */
  private static final long INITIAL = Duration.ofSeconds(4).toNanos();

  /** RFC 7559 2: MRT. */
  private static final long LONGEST = Duration.ofHours(1).toNanos();

  private final LoopTurn turn;
  private final RandomGenerator random;
  private final Runnable send;
  private final Timers.Timer timer;
  private long interval;
  private boolean sent;
  private boolean answered;

  /**
   * Creates the schedule of one interface; it does not run yet.
   *
   * @param send sends a solicitation
   */
  RouterSolicitations(LoopTurn turn, RandomGenerator random, Runnable send) {
    this.turn = turn;
    this.random = random;
    this.send = send;
    this.timer = turn.timer(this::onTimer);
  }

  /**
   * Begins from the start.
   *
   * @param delayed whether the caller has already waited for a random time, so that stations that start together do not
   *     solicit together
   */
  void start(boolean delayed) {
    interval = 0;
    sent = false;
    answered = false;
    timer.set(turn.now() + (delayed ? 0 : (long) (random.nextDouble() * MAX_DELAY)));
  }

  /** A default router has advertised itself. RFC 4861 6.3.7: at least one solicitation is sent nevertheless. */
  void answered() {
    answered = true;
    if (sent) {
      timer.cancel();
    }
  }

  /** Sends nothing more until the next start. */
  void stop() {
    timer.cancel();
  }

  private void onTimer() {
    sent = true;
    if (!answered) {
      interval = next();
      timer.set(turn.now() + interval);
    }
    send.run();
  }

  /**
   * RFC 7559 2: the interval doubles, varied by a tenth, up to the longest one. The first is only lengthened, because RFC
   * 4861 6.3.7 asks for at least four seconds.
   */
  private long next() {
    if (interval == 0) {
      return (long) (INITIAL * (1 + 0.1 * random.nextDouble()));
    }
    double variation = 0.2 * random.nextDouble() - 0.1;
    long doubled = (long) (interval * (2 + variation));
    return doubled > LONGEST ? (long) (LONGEST * (1 + variation)) : doubled;
  }
}
