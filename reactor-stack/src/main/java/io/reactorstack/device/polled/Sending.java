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
 * One publisher's frames on their way into a device.
 *
 * <p>At most {@link #CREDIT} frames are asked for ahead of what is polled. Confined to the loop; signals that come from
 * elsewhere are carried over to it in order.
 */
public abstract class Sending implements CoreSubscriber<Frame>, Subscription {

  /** Frames asked for ahead of what is polled. */
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

  /** Writes {@code frame} or lets it wait, and owns it in either case. */
  protected abstract void accept(Frame frame);

  /** There is room to write. */
  protected abstract void onWritable();

  /** Whether all that was accepted has been written. */
  protected abstract boolean isDrained();

  /** Frames that wait for room, first to last; released when this ends. */
  protected final Deque<Frame> waiting() {
    return waiting;
  }

  protected final boolean isDone() { return done; }

  protected final void requestMore(int n) {
    Objects.requireNonNull(upstream).request(n);
  }

  /** The publisher has sent {@code frame} beyond its credit. */
  protected final void overflow(Frame frame) {
    frame.release();
    stop();
    actual.onError(Exceptions.failWithOverflow("more frames than " + device + " has requested"));
  }

  /** Completes if the publisher has, and all is written; returns whether this has ended. */
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
    // A Mono<Void> has nothing to request.
  }

  @Override
  public final void cancel() {
    device.onLoop(this::stop);
  }

  /** The device has ended. */
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
