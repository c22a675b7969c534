package io.reactorstack.testing;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** A publisher for one subscriber that emits from a user's thread, as far as there is demand. */
public final class UserPublisher<T> implements Publisher<T>, Subscription {

  private static final int TRIES = 200;

  private final int count;
  private final IntFunction<? extends T> units;
  private final AtomicLong demand = new AtomicLong();
  private volatile Subscriber<? super T> subscriber;
  private volatile boolean cancelled;
  private int emitted;

  /** Creates a publisher of {@code count} units; each is created from its index when it is emitted. */
  public UserPublisher(int count, IntFunction<? extends T> units) {
    this.count = count;
    this.units = units;
  }

  @Override
  public void subscribe(Subscriber<? super T> actual) {
    subscriber = actual;
    actual.onSubscribe(this);
  }

  @Override
  public void request(long n) {
    demand.addAndGet(n);
  }

  @Override
  public void cancel() {
    cancelled = true;
  }

  /** The number of units emitted; to be read when {@link #emitAll} has returned. */
  public int emitted() {
    return emitted;
  }

  /**
   * Emits on the calling thread until all units are emitted, the subscription is cancelled, or there is no demand for a
   * while.
   */
  public void emitAll() {
    for (int i = 0; i < TRIES && emitted < count && !cancelled; i++) {
      if (demand.get() > emitted) {
        subscriber.onNext(units.apply(emitted));
        emitted++;
      } else {
        Thread.onSpinWait();
      }
    }
    if (emitted == count) {
      subscriber.onComplete();
    }
  }
}
