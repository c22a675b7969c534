package io.reactorstack.icmp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.PullSubscription;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

/**
 * A ping or a trace: the subscription of one subscriber, which sends probes as far as results are requested.
 *
 * @param <T> the result
 */
abstract class ProbeRun<T> extends PullSubscription<T, T> {

  private final Runnable drainSoon;
  private @Nullable Throwable cause;

  ProbeRun(LoopTurn turn, CoreSubscriber<? super T> actual) {
    super(turn, actual);
    this.drainSoon = turn.coalesced(this::drain);
  }

  /** Emits results in a turn: a message that is being handled must not call the subscriber. */
  final void drainSoon() {
    drainSoon.run();
  }

  /** Fails the subscriber, before the start, because the stack is stopped. */
  final void refuse() {
    refuse(new IOException(Pings.STOPPED));
  }

  /** Ends the run with {@code why}, if it has not failed before. */
  final void fail(Throwable why) {
    if (cause == null) {
      cause = why;
      drainSoon.run();
    }
  }

  @Override
  protected final T emission(T result) {
    return result;
  }

  @Override
  protected final @Nullable Throwable cause() {
    return cause;
  }
}
