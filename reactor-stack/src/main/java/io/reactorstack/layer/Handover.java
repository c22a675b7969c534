package io.reactorstack.layer;

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.Fuseable;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/**
 * Moves the units of a publisher, which may emit on any thread, to the event loop, and signals the result to the
 * subscriber of a {@code Mono<Void>}.
 *
 * <p>Units pass through a bounded queue. It cannot overflow as long as the units requested and not yet taken out never
 * exceed its capacity. The task for the loop only announces that the queue is not empty; it does not carry units,
 * because a publisher may signal on the loop at one time and elsewhere at another, and tasks would then run in another
 * order than the signals.
 *
 * @param <T> the unit, which owns memory
 */
public abstract class Handover<T> implements CoreSubscriber<T>, Subscription {

  @SuppressWarnings("rawtypes")
  private static final AtomicReferenceFieldUpdater<Handover, @Nullable Subscription> UPSTREAM = AtomicReferenceFieldUpdater
      .newUpdater(Handover.class, Subscription.class, "upstream");

  private final Publisher<? extends T> publisher;
  private final CoreSubscriber<? super Void> actual;
  private final Queue<T> queue;

  private volatile @Nullable Subscription upstream;
  private volatile @Nullable Throwable upstreamError;
  private volatile boolean upstreamDone;
  private volatile boolean cancelled;
  /** True if nothing more will be taken out of the queue. */
  private volatile boolean over;
  /** True if the publisher has emitted; a constant does so on the loop, inside the request. */
  private boolean received;

  /**
   * Creates a handover from {@code publisher}, with at most {@code capacity} units outstanding, on behalf of
   * {@code actual}.
   */
  protected Handover(Publisher<? extends T> publisher, CoreSubscriber<? super Void> actual, int capacity) {
    this.publisher = publisher;
    this.actual = actual;
    this.queue = Queues.<T>get(capacity).get();
  }

  /** Schedules work on the loop because the queue or the state has changed; called on any thread. */
  protected abstract void wake();

  /** Called on any thread after a unit was put into the queue. */
  protected abstract void onQueued();

  /** Releases a unit's memory. */
  protected abstract void release(T unit);

  // ---- the publisher's signals, on any thread

  @Override
  public final Context currentContext() {
    return actual.currentContext();
  }

  @Override
  public final void onSubscribe(Subscription subscription) {
    if (Operators.setOnce(UPSTREAM, this, subscription)) {
      wake();
    }
  }

  @Override
  public final void onNext(T unit) {
    received = true;
    if (upstreamDone || cancelled || over) {
      release(unit);
    } else if (queue.offer(unit)) {
      onQueued();
    } else {
      release(unit);
      Operators.terminate(UPSTREAM, this);
      onError(Exceptions.failWithOverflow("The publisher emitted more than was requested"));
    }
  }

  @Override
  public final void onError(Throwable cause) {
    Objects.requireNonNull(cause, "Reactive Streams 2.13");
    if (upstreamDone) {
      Operators.onErrorDropped(cause, currentContext());
      return;
    }
    upstreamError = cause;
    upstreamDone = true;
    wake();
  }

  @Override
  public final void onComplete() {
    upstreamDone = true;
    wake();
  }

  // ---- the subscriber's signals, on any thread

  @Override
  public final void request(long n) {
    // A Mono<Void> emits nothing, so demand has no effect; a bad request is an error all the same (Reactive Streams
    // 3.9).
    if (n <= 0) {
      Operators.terminate(UPSTREAM, this);
      upstreamError = Exceptions.nullOrNegativeRequestException(n);
      upstreamDone = true;
      wake();
    }
  }

  @Override
  public final void cancel() {
    cancelled = true;
    Operators.terminate(UPSTREAM, this);
    wake();
  }

  // ---- on the loop

  /** Subscribes to the publisher. */
  protected final void subscribe() {
    try {
      publisher.subscribe(this);
    } catch (Throwable e) {
      fail(e);
    }
  }

  /** Requests {@code n} more units from the publisher, whose subscription is {@code source}. */
  protected final void request(Subscription source, long n) {
    try {
      source.request(n);
    } catch (Throwable e) {
      fail(e);
    }
  }

  /**
   * Handles an exception that the publisher has thrown. Reactive Streams 1.9 and 3.16 forbid it, but some publishers
   * throw, and Reactor's operators rethrow fatal JVM errors, such as a lack of memory in a mapper. No such publisher
   * signals anything more.
   */
  private void fail(Throwable cause) {
    Operators.terminate(UPSTREAM, this);
    onError(cause);
  }

  /** The subscription to the publisher; {@code null} until the publisher has called {@code onSubscribe}. */
  protected final @Nullable Subscription upstream() {
    return upstream;
  }

  /** The units that were emitted and not yet taken, in order; only the loop may take them. */
  protected final Queue<T> queue() {
    return queue;
  }

  /** Returns whether the subscriber has cancelled; it then receives no terminal signal. */
  public final boolean isCancelled() {
    return cancelled;
  }

  /** Returns whether the publisher has terminated; units that it emitted before are still in the queue. */
  protected final boolean isUpstreamDone() {
    return upstreamDone;
  }

  /** Returns whether the publisher has terminated with an error. */
  protected final boolean hasUpstreamFailed() {
    return upstreamError != null;
  }

  /** Returns whether nothing more will be taken out of the queue. */
  protected final boolean isOver() { return over; }

  /** True if nothing more will be taken out of the queue. */
  protected final void setOver() {
    over = true;
  }

  /** Signals the publisher's completion or error to the subscriber, unless that has cancelled. */
  public final void signalEnd() {
    Throwable error = upstreamError;
    if (cancelled) {
      return;
    }
    if (error != null) {
      actual.onError(error);
    } else {
      actual.onComplete();
    }
  }

  /**
   * Cancels the publisher, releases the queued units, and fails the subscriber with {@code cause} unless that has
   * cancelled.
   */
  public final void refuse(Throwable cause) {
    boolean silent = cancelled;
    discard();
    if (!silent) {
      actual.onError(cause);
    }
  }

  /**
   * Cancels the publisher and releases the queued units, and also a constant that the publisher has not emitted yet.
   */
  protected final void discard() {
    over = true;
    Operators.terminate(UPSTREAM, this);
    clear();
    if (!received && publisher instanceof Fuseable.ScalarCallable<?> constant) {
      // The constant of a Mono.just, for example: no other code would release it.
      releaseConstant(constant);
    }
  }

  /** Releases the units in the queue. */
  protected void clear() {
    for (T unit = queue.poll(); unit != null; unit = queue.poll()) {
      release(unit);
    }
  }

  @SuppressWarnings("unchecked")
  private void releaseConstant(Fuseable.ScalarCallable<?> constant) {
    received = true;
    try {
      T unit = (T) constant.call();
      if (unit != null) {
        release(unit);
      }
    } catch (Exception e) {
      Operators.onErrorDropped(e, currentContext());
    }
  }
}
