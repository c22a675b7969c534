package io.reactorstack.testing;

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/**
 * A subscriber that checks its publisher against rules of Reactive Streams and of this project: signals are serialized
 * (1.3) and on the loop, no more than requested (1.1), and at most one terminal signal with nothing after it (1.7).
 * After {@code cancel} has returned at most one more signal may arrive, which was in progress.
 *
 * @param <T> the type of the elements
 */
public final class Witness<T> implements CoreSubscriber<T> {

  private final Thread loop;
  private final Consumer<? super T> consumer;
  private final Queue<String> violations = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean inside = new AtomicBoolean();
  private final AtomicLong requested = new AtomicLong();
  private volatile @Nullable Subscription subscription;
  private volatile boolean cancelReturned;
  private volatile long received;
  private volatile @Nullable String end;
  private volatile @Nullable Throwable error;
  private volatile int late;
  private volatile boolean silenced;
  private volatile boolean anywhere;

  /** Creates a subscriber on the loop of the calling thread that passes its elements to {@code consumer}. */
  public Witness(Consumer<? super T> consumer) {
    this.loop = Thread.currentThread();
    this.consumer = consumer;
  }

  /** Permits signals on any thread, for a subscription that may be rejected on the subscribing thread. */
  public Witness<T> anywhere() {
    anywhere = true;
    return this;
  }

  /** Requests {@code n}; before the subscription, as soon as it arrives. */
  public Witness<T> request(long n) {
    requested.accumulateAndGet(n, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
    Subscription s = subscription;
    if (s != null) {
      s.request(n);
    }
    return this;
  }

  /** Cancels. */
  public void cancel() {
    Objects.requireNonNull(subscription, "not subscribed").cancel();
    cancelReturned = true;
  }

  @Override
  public void onSubscribe(Subscription s) {
    if (subscription != null) {
      violations.add("a second onSubscribe (2.12)");
      return;
    }
    subscription = s;
    long n = requested.get();
    if (n > 0) {
      s.request(n);
    }
  }

  private void enter(String signal) {
    if (!inside.compareAndSet(false, true)) {
      violations.add(signal + " during another signal (1.3)");
    }
    if (!anywhere && Thread.currentThread() != loop) {
      violations.add(signal + " on " + Thread.currentThread());
    }
    if (subscription == null) {
      violations.add(signal + " before onSubscribe (1.9)");
    }
    if (end != null) {
      violations.add(signal + " after " + end + " (1.7)");
    }
    if (cancelReturned) {
      int again = late + 1;
      late = again;
      if (again > 1) {
        violations.add(signal + " after cancel (1.8)");
      }
    }
    if (silenced) {
      violations.add(signal + " long after cancel (1.8)");
    }
  }

  private void leave() {
    inside.set(false);
  }

  @Override
  public void onNext(T element) {
    enter("onNext");
    long n = received + 1;
    received = n;
    if (n > requested.get()) {
      violations.add("more than the " + requested.get() + " requested (1.1)");
    }
    consumer.accept(element);
    leave();
  }

  @Override
  public void onError(Throwable cause) {
    enter("onError");
    error = cause;
    end = "onError";
    leave();
  }

  @Override
  public void onComplete() {
    enter("onComplete");
    end = "onComplete";
    leave();
  }

  /**
   * Permits no further signal if the subscription was cancelled; to be called when the loop must have seen the
   * cancellation.
   */
  public Witness<T> silenceNow() {
    silenced = cancelReturned;
    return this;
  }

  /** Throws if the publisher has broken a rule. */
  public Witness<T> check() {
    if (!violations.isEmpty()) {
      throw new AssertionError(violations.toString());
    }
    return this;
  }

  /** The number of elements received. */
  public long received() {
    return received;
  }

  public boolean isCompleted() { return "onComplete".equals(end); }

  public boolean isEnded() { return end != null; }

  /** The error that the publisher has signalled, or {@code null}. */
  public @Nullable Throwable error() {
    return error;
  }
}
