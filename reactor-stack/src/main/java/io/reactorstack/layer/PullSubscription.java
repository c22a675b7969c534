package io.reactorstack.layer;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;

/**
 * One subscriber to units that a source on the loop holds: a requested unit is taken out of the source at the moment in which
 * it is emitted, and nothing is held in between.
 *
 * <p>{@link #request} and {@link #cancel} may be called from any thread and are carried to the loop by {@link #wake}; all else is
 * confined to the loop. In order of use: {@code onSubscribe} with this, {@link #begin} or {@link #refuse}, then {@link #drain}
 * whenever the source has changed, until {@link #ended} has been called. A subscriber that asks for more from inside its {@code
 * onNext} is heard by the running loop, so that emission is not re-entrant.
 *
 * @param <S> what the source holds
 * @param <T> what the subscriber gets
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

  /** Only the loop reads and writes the rest; {@code null} after the end (Reactive Streams 3.13). */
  private @Nullable CoreSubscriber<? super T> actual;
  private boolean begun;
  private boolean draining;

  /** The subscription of {@code actual} to a source on {@code turn}'s loop. */
  protected PullSubscription(LoopTurn turn, CoreSubscriber<? super T> actual) {
    this.turn = turn;
    this.actual = actual;
  }

  /** Takes the next unit out of the source, or returns {@code null} if it has none. */
  protected abstract @Nullable S poll();

  /** Returns the value to emit for {@code unit}. */
  protected abstract T emission(S unit);

  /** Whether the source has ended. Called after what was there and requested has been emitted. */
  protected abstract boolean isOver();

  /** The error that the source has ended with, or {@code null} if it completes. */
  protected @Nullable Throwable cause() {
    return null;
  }

  /**
   * Returns whether the subscription goes on although the subscriber failed on {@code unit} with an error of the JVM, such as
   * want of memory. Those are the errors that Reactor's operators let pass instead of making signals of them: the subscriber is
   * as it was before. If {@code true}, the unit is lost, and its place in the demand is free again.
   */
  protected boolean survives(S unit, Throwable fatal) {
    return false;
  }

  /** The subscriber threw {@code e}, and gets no more (Reactive Streams 2.13). */
  protected abstract void failed(Throwable e);

  /**
   * The subscription is over; called once, before the last signal.
   *
   * @param early whether the subscriber ended it by cancelling, failing or a bad request, and the source did not
   */
  protected abstract void ended(boolean early);

  /** Sees to it that {@link #drain} is called on the loop. */
  protected void wake() {
    turn.offer(drain);
  }

  /** Whether the subscriber has cancelled, or has failed. */
  protected final boolean isCancelled() { return cancelled; }

  /** Whether the subscriber awaits a unit. */
  protected final boolean isRequested() { return requested > 0; }

  /** From now on {@link #drain} emits. */
  protected final void begin() {
    begun = true;
  }

  /** Ends the subscription with {@code cause} before it has begun. */
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
      // Reactive Streams 3.9: an error signal, and never an exception to the caller.
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

  /** Emits the units that are there and requested, then the end if it has come. */
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
    long emitted = 0;
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
