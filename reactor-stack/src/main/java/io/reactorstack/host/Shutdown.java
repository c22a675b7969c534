package io.reactorstack.host;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The shutdown of one shard: lets outstanding work finish within the limits, then closes everything on the shard.
 *
 * <p>May be started several times: the shortest quiet period and the earliest deadline apply. Confined to the loop,
 * except {@link #begin}.
 */
final class Shutdown {

  /** The shortest interval between two checks for outstanding work, in nanoseconds. */
  private static final long MIN_WAIT = TimeUnit.MILLISECONDS.toNanos(10);

  private final StackShard shard;
  private final LoopTurn turn;
  private final Runnable closed;
  private final Timers.Timer timer;
  private boolean begun;
  private boolean ended;
  private long begunAt;
  private long quietNanos = Long.MAX_VALUE;
  private long deadline = Timers.NEVER;

  /**
   * Creates the shutdown of {@code shard}.
   *
   * @param closed run when only the interfaces and the loop of the shard are left: on the loop, unless that has ended
   *     before
   */
  Shutdown(StackShard shard, Runnable closed) {
    this.shard = shard;
    this.turn = shard.turn();
    this.closed = closed;
    this.timer = turn.timer(this::onTimer);
  }

  /**
   * Ends the shard, which was retired before, when nothing on it is open any more, when no data has been sent or
   * received for {@code quietPeriod}, or after {@code timeout}. May be called from any thread.
   */
  void begin(Duration quietPeriod, Duration timeout) {
    long quiet = TimeUnit.NANOSECONDS.convert(quietPeriod);
    long limit = TimeUnit.NANOSECONDS.convert(timeout);
    if (!turn.offer(() -> start(quiet, limit))) {
      // The loop was closed before the host. After its thread has terminated, another thread may free the remaining
      // resources.
      shard.loop().terminationFuture().addListener(gone -> end());
    }
  }

  private void start(long quiet, long limit) {
    if (ended) {
      return;
    }
    long now = turn.now();
    quietNanos = Math.min(quietNanos, quiet);
    deadline = Math.min(deadline, later(now, limit));
    if (!begun) {
      begun = true;
      begunAt = now;
      shard.tcp().stopListening();
      turn.atEnd(this::endIfIdle);
    }
    look();
  }

  private static long later(long now, long nanos) {
    long at = now + nanos;
    return at < now ? Timers.NEVER : at;
  }

  /** Runs at the end of each turn: ends the shard when the last connection has closed. */
  private void endIfIdle() {
    if (!ended && shard.isIdle()) {
      end();
    }
  }

  private void onTimer() {
    if (!ended) {
      look();
    }
  }

  private void look() {
    long now = turn.now();
    long last = shard.lastActivity();
    long quietAt = last == Timers.NEVER
        ? later(now, Math.max(quietNanos, 1))
        : later(Math.max(begunAt, last), quietNanos);
    if (shard.isIdle() || now >= deadline || now >= quietAt) {
      end();
    } else {
      timer.set(Math.min(deadline, Math.max(quietAt, now + MIN_WAIT)));
    }
  }

  private void end() {
    if (!ended) {
      ended = true;
      timer.cancel();
      shard.stop(closed);
    }
  }
}
