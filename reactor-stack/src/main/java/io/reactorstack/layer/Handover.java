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
 * Hands what one publisher emits, on any thread, over to the loop, and tells a {@code Mono<Void>}'s subscriber how that ended.
 *
 * <p>Units pass through a bounded queue that cannot overflow, as long as never more than its capacity is requested and not yet
 * taken out. A task for the loop only says that there is something in it: a publisher may signal now on the loop and now
 * elsewhere, and tasks would arrive in another order than signals.
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
  /** Nothing will be taken out of the queue any more. */
  private volatile boolean over;
  /** Whether the publisher has emitted; a constant does so on the loop, inside the request. */
  private boolean received;

  /** A way from {@code publisher}, of which never more than {@code capacity} units are under way, for {@code actual}. */
  protected Handover(Publisher<? extends T> publisher, CoreSubscriber<? super Void> actual, int capacity) {
    this.publisher = publisher;
    this.actual = actual;
    this.queue = Queues.<T>get(capacity).get();
  }

  /** Tells the loop, from any thread, that there is news. */
  protected abstract void wake();

  /** A unit was put into the queue, on any thread. */
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
    // A Mono<Void> emits nothing that could be asked for; a bad request is an error all the same (Reactive Streams 3.9).
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

  /** Asks the publisher, which has answered, for {@code n} units more. */
  protected final void request(Subscription source, long n) {
    try {
      source.request(n);
    } catch (Throwable e) {
      fail(e);
    }
  }

  /**
   * The publisher has thrown, which Reactive Streams 1.9 and 3.16 forbid: some do so all the same, and Reactor's operators let
   * errors of the JVM pass, such as want of memory in a mapper. None of them will signal anything any more.
   */
  private void fail(Throwable cause) {
    Operators.terminate(UPSTREAM, this);
    onError(cause);
  }

  /** What the publisher can be asked by; {@code null} until it has answered. */
  protected final @Nullable Subscription upstream() {
    return upstream;
  }

  /** What was emitted and not yet taken, first to last; the loop alone takes. */
  protected final Queue<T> queue() {
    return queue;
  }

  /** Whether the subscriber wants no end to be told. */
  public final boolean isCancelled() { return cancelled; }

  /** Whether the publisher has ended; what it emitted before is in the queue. */
  protected final boolean isUpstreamDone() {
    return upstreamDone;
  }

  /** Whether the publisher has ended with an error. */
  protected final boolean hasUpstreamFailed() {
    return upstreamError != null;
  }

  /** Whether nothing will be taken out of the queue any more. */
  protected final boolean isOver() { return over; }

  /** Nothing will be taken out of the queue any more. */
  protected final void setOver() {
    over = true;
  }

  /** Tells the subscriber the publisher's end. */
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

  /** Releases what is left, and tells the subscriber that nothing more is taken. */
  public final void refuse(Throwable cause) {
    boolean silent = cancelled;
    discard();
    if (!silent) {
      actual.onError(cause);
    }
  }

  /** Cancels the publisher and releases what is left, a ready-made constant that it has not emitted too. */
  protected final void discard() {
    over = true;
    Operators.terminate(UPSTREAM, this);
    clear();
    if (!received && publisher instanceof Fuseable.ScalarCallable<?> constant) {
      // As in Mono.just: it is nobody else's any more.
      releaseConstant(constant);
    }
  }

  /** Releases what is in the queue. */
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
