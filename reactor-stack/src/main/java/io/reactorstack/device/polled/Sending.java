package io.reactorstack.device.polled;

import io.reactorstack.device.DeviceException;
import io.reactorstack.device.Frame;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One subscription to the frames that a publisher sends through a device.
 *
 * <p>At most {@link #CREDIT} requested frames are not yet written. Confined to the loop; signals from other threads are
 * moved to it in order.
 */
public abstract class Sending implements CoreSubscriber<Frame>, Subscription {

  /** The number of frames requested from the publisher ahead of what is written. */
  public static final int CREDIT = 64;

  private final PolledDevice device;
  private final CoreSubscriber<? super Void> actual;
  private final Deque<Frame> waiting = new ArrayDeque<>(CREDIT);
  private @Nullable Subscription upstream;
  private boolean completed;
  private boolean done;

  protected Sending(PolledDevice device, CoreSubscriber<? super Void> actual) {
    this.device = device;
    this.actual = actual;
  }

  /** Writes {@code frame} or queues it; takes ownership of it in either case. */
  protected abstract void accept(Frame frame);

  /** Called when the device is writable. */
  protected abstract void onWritable();

  /** Returns whether all accepted frames are written. */
  protected abstract boolean isDrained();

  /** The queue of frames that the device cannot take yet, oldest first; released when this subscription ends. */
  protected final Deque<Frame> waiting() {
    return waiting;
  }

  protected final boolean isDone() { return done; }

  protected final void requestMore(int n) {
    Objects.requireNonNull(upstream).request(n);
  }

  /** Fails the subscription: the publisher has emitted {@code frame} without a request for it. */
  protected final void overflow(Frame frame) {
    frame.release();
    stop();
    actual.onError(Exceptions.failWithOverflow("the publisher emitted more frames than " + device + " has requested"));
  }

  /**
   * Completes if the publisher has completed and all frames are written; returns whether this subscription has ended.
   */
  protected final boolean completeIfDrained() {
    if (completed && !done && isDrained()) {
      done = true;
      device.forget(this);
      actual.onComplete();
    }
    return done;
  }

  final CoreSubscriber<? super Void> actual() {
    return actual;
  }

  @Override
  public final Context currentContext() {
    return actual.currentContext();
  }

  final void begin(Publisher<Frame> frames) {
    actual.onSubscribe(this);
    if (!done) {
      frames.subscribe(this);
    }
  }

  @Override
  public final void onSubscribe(Subscription subscription) {
    if (done) {
      subscription.cancel();
    } else if (Operators.validate(upstream, subscription)) {
      upstream = subscription;
      subscription.request(CREDIT);
    }
  }

  @Override
  public final void onNext(Frame frame) {
    if (device.inLoop()) {
      acceptUnlessDone(frame);
    } else {
      device.onLoop(() -> acceptUnlessDone(frame), refused -> frame.release());
    }
  }

  private void acceptUnlessDone(Frame frame) {
    if (done) {
      frame.release();
    } else {
      accept(frame);
    }
  }

  @Override
  public final void onError(Throwable cause) {
    device.onLoop(() -> {
      if (!done) {
        stop();
        actual.onError(cause);
      }
    });
  }

  @Override
  public final void onComplete() {
    device.onLoop(() -> {
      completed = true;
      completeIfDrained();
    });
  }

  @Override
  public final void request(long n) {
    // A Mono<Void> emits no value.
  }

  @Override
  public final void cancel() {
    device.onLoop(this::stop);
  }

  /** Fails the subscription because the device was closed or has failed. */
  final void end(DeviceException cause) {
    if (!done) {
      stop();
      actual.onError(cause);
    }
  }

  private void stop() {
    if (done) {
      return;
    }
    done = true;
    device.forget(this);
    if (upstream != null) {
      upstream.cancel();
    }
    waiting.forEach(Frame::release);
    waiting.clear();
  }
}
