package io.reactorstack.lab;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** How a publisher ended, seen from the thread that drives the world. */
final class Outcome<T> extends BaseSubscriber<T> {

  private @Nullable T value;
  private @Nullable Throwable cause;
  private volatile boolean done;

  boolean isDone() {
    return done;
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
    value = next;
  }

  @Override
  protected void hookOnError(Throwable error) {
    cause = Objects.requireNonNull(error);
    done = true;
  }

  @Override
  protected void hookOnComplete() {
    done = true;
  }
}
