package io.reactorstack.lab;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/**
 * How a publisher ended, seen from the thread that drives the world. A signal that another thread produces takes its turn on
 * the loop, where the world takes notice of it.
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

  /** The last operator of the publisher; {@code null} before it has been subscribed to, and after it was cancelled. */
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
