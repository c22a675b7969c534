package io.reactorstack.lab;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/**
 * The result of an awaited publisher, which the thread that drives the world polls. A signal that another thread
 * produces is moved to the loop, where it is reported as an arrival from outside.
 */
final class Outcome<T> extends BaseSubscriber<T> {

  private final VirtualLoop loop;
  private @Nullable T value;
  private @Nullable Throwable cause;
  private volatile boolean done;

  Outcome(VirtualLoop loop) {
    this.loop = loop;
  }

  boolean isDone() {
    return done;
  }

  /** The last operator of the publisher; {@code null} before the subscription and after a cancellation. */
  @Nullable
  Object source() {
    return upstream();
  }

  @Nullable
  T value() {
    return value;
  }

  @Nullable
  Throwable cause() {
    return cause;
  }

  @Override
  protected void hookOnSubscribe(Subscription subscription) {
    requestUnbounded();
  }

  @Override
  protected void hookOnNext(T next) {
    onLoop(() -> value = next);
  }

  @Override
  protected void hookOnError(Throwable error) {
    onLoop(() -> {
      cause = Objects.requireNonNull(error);
      done = true;
    });
  }

  @Override
  protected void hookOnComplete() {
    onLoop(() -> done = true);
  }

  private void onLoop(Runnable signal) {
    if (loop.inEventLoop()) {
      signal.run();
    } else {
      loop.executeAnnounced(signal);
    }
  }
}
