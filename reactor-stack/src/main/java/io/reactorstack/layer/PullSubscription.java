package io.reactorstack.layer;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;

/**
 * The subscription of one subscriber to units that a source on the loop holds. A requested unit is taken out of the
 * source at the moment at which it is emitted; the subscription itself holds none.
 *
 * <p>{@link #request} and {@link #cancel} may be called from any thread and are moved to the loop by {@link #wake};
 * everything else is confined to the loop. Order of use: {@code onSubscribe} with this, {@link #begin} or
 * {@link #refuse}, then {@link #drain} whenever the source has changed, until {@link #ended} has been called. A request
 * from inside the subscriber's {@code onNext} is served by the running loop, so emission is not re-entrant.
 *
 * @param <S> the unit that the source holds
 * @param <T> the value that the subscriber receives
 */
public abstract class PullSubscription<S, T> implements Subscription {

  @SuppressWarnings("rawtypes")
  private static final AtomicLongFieldUpdater<PullSubscription> REQUESTED = AtomicLongFieldUpdater.newUpdater(
      PullSubscription.class,
      "requested");

  private final LoopTurn turn;
  private final Runnable drain = this::drain;

  private volatile long requested;
  private volatile boolean cancelled;
  private volatile @Nullable IllegalArgumentException badRequest;

  /**
   * The subscriber; {@code null} after the terminal signal (Reactive Streams 3.13). Only the loop accesses this and the
   * next fields.
   */
  private @Nullable CoreSubscriber<? super T> actual;
  /** The number of units emitted by the running {@link #drain}. */
  private long emitted;
  private boolean begun;
  private boolean draining;

  /** Creates the subscription of {@code actual} to a source on the loop of {@code turn}. */
  protected PullSubscription(LoopTurn turn, CoreSubscriber<? super T> actual) {
    this.turn = turn;
    this.actual = actual;
  }

  /** Takes the next unit out of the source, or returns {@code null} if it has none. */
  protected abstract @Nullable S poll();

  /** Returns the value to emit for {@code unit}. */
  protected abstract T emission(S unit);

  /** Returns whether the source has ended. Called after all available and requested units have been emitted. */
  protected abstract boolean isOver();

  /** Returns the error with which the source has ended, or {@code null} if it completes. */
  protected @Nullable Throwable cause() {
    return null;
  }

  /**
   * Returns whether the subscription continues after the subscriber failed on {@code unit} with a fatal JVM error, such
   * as a lack of memory. Reactor's operators rethrow such errors instead of signalling them, so the subscriber's state
   * is unchanged. If {@code true}, the unit is lost and its demand remains.
   */
  protected boolean survives(S unit, Throwable fatal) {
    return false;
  }

  /** Called when the subscriber has thrown {@code e}; it receives no more signals (Reactive Streams 2.13). */
  protected abstract void failed(Throwable e);

  /**
   * Called once when the subscription is over, before the terminal signal.
   *
   * @param early true if the subscriber ended it by cancelling, failing or a bad request; false if the source ended
   */
  protected abstract void ended(boolean early);

  /** Schedules a call of {@link #drain} on the loop. */
  protected void wake() {
    turn.offer(drain);
  }

  /** Returns whether the subscriber has cancelled or failed. */
  protected final boolean isCancelled() {
    return cancelled;
  }

  /** Returns whether the subscriber has unmet demand. */
  protected final boolean isRequested() { return requested > 0; }

  /** The number of units that are requested and not emitted. */
  protected final long demand() {
    return requested - emitted;
  }

  /** Enables {@link #drain} to emit. */
  protected final void begin() {
    begun = true;
  }

  /** Fails the subscription with {@code cause} before it has begun. */
  protected final void refuse(Throwable cause) {
    CoreSubscriber<? super T> refused = actual;
    actual = null;
    if (refused != null && !cancelled) {
      refused.onError(cause);
    }
  }

  @Override
  public final void request(long n) {
    if (n <= 0) {
      // Reactive Streams 3.9: signal an error, never throw to the caller.
      badRequest = Exceptions.nullOrNegativeRequestException(n);
    } else {
      Operators.addCap(REQUESTED, this, n);
    }
    wakeUnlessDraining();
  }

  @Override
  public final void cancel() {
    cancelled = true;
    wakeUnlessDraining();
  }

  private void wakeUnlessDraining() {
    if (!turn.loop().inEventLoop() || !draining) {
      wake();
    }
  }

  /** Emits the available units up to the demand, then the terminal signal if the source has ended. */
  public final void drain() {
    CoreSubscriber<? super T> subscriber = actual;
    if (!begun || subscriber == null || draining) {
      return;
    }
    draining = true;
    try {
      emit(subscriber);
      if (!cancelled) {
        end(subscriber);
      }
    } catch (Throwable e) {
      cancelled = true;
      failed(e);
    } finally {
      draining = false;
    }
    if (cancelled && actual != null) {
      finish(true);
    }
  }

  private void emit(CoreSubscriber<? super T> subscriber) {
    while (!cancelled && badRequest == null && emitted < requested) {
      S unit = poll();
      if (unit == null) {
        break;
      }
      if (takes(subscriber, unit)) {
        emitted++;
      }
    }
    if (emitted > 0) {
      Operators.produced(REQUESTED, this, emitted);
      emitted = 0;
    }
  }

  private boolean takes(CoreSubscriber<? super T> subscriber, S unit) {
    try {
      subscriber.onNext(emission(unit));
      return true;
    } catch (Throwable e) {
      if (!Exceptions.isJvmFatal(e) || !survives(unit, e)) {
        throw e;
      }
      return false;
    }
  }

  private void end(CoreSubscriber<? super T> subscriber) {
    IllegalArgumentException bad = badRequest;
    if (bad != null) {
      finish(true);
      subscriber.onError(bad);
    } else if (isOver()) {
      Throwable cause = cause();
      finish(false);
      if (cause == null) {
        subscriber.onComplete();
      } else {
        subscriber.onError(cause);
      }
    }
  }

  private void finish(boolean early) {
    actual = null;
    ended(early);
  }
}
