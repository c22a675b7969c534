package io.reactorstack.device.memory;

import io.netty.util.concurrent.EventExecutor;
import io.reactorstack.device.Frame;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * The receiving side of an in-memory device: one subscriber at a time and its demand.
 *
 * <p><b>Backpressure:</b> the device emits only while {@link #isReady()}; {@link #subscribe subscribing} and requesting
 * wake it. <b>Buffer ownership:</b> each frame belongs to the subscriber. <b>Threading:</b> subscribe, request and
 * cancel from any thread; signals are emitted on the loop. <b>Cancellation:</b> allows another subscriber.
 */
public final class ReceivePort extends Flux<Frame> {

  private final EventExecutor loop;
  private final Runnable awaited;
  private @Nullable Inlet inlet;
  private boolean ended;
  private @Nullable Throwable failure;

  /**
   * Creates a port on {@code loop}.
   *
   * @param awaited run on the loop, within {@code request}, when demand rises from zero; must not emit
   */
  public ReceivePort(EventExecutor loop, Runnable awaited) {
    this.loop = loop;
    this.awaited = awaited;
  }

  /** Returns whether a subscriber has demand. */
  public boolean isReady() {
    return inlet != null && inlet.demand > 0;
  }

  /** Emits {@code frame} to the subscriber; call it only while {@link #isReady()}. */
  public void emit(Frame frame) {
    Inlet to = Objects.requireNonNull(inlet, "emitted without a subscriber");
    if (to.demand != Long.MAX_VALUE) {
      to.demand--;
    }
    to.actual.onNext(frame);
  }

  /** Completes the current subscriber, and every later one immediately. */
  public void complete() {
    ended = true;
    Inlet last = inlet;
    inlet = null;
    if (last != null) {
      last.actual.onComplete();
    }
  }

  /** Fails the current subscriber with {@code cause}, and every later one immediately. */
  public void fail(Throwable cause) {
    ended = true;
    failure = cause;
    Inlet last = inlet;
    inlet = null;
    if (last != null) {
      last.actual.onError(cause);
    }
  }

  @Override
  public void subscribe(CoreSubscriber<? super Frame> actual) {
    if (loop.inEventLoop()) {
      open(actual);
      return;
    }
    try {
      loop.execute(() -> open(actual));
    } catch (RejectedExecutionException e) {
      Operators.error(actual, e);
    }
  }

  private void open(CoreSubscriber<? super Frame> actual) {
    if (failure != null) {
      Operators.error(actual, failure);
    } else if (ended) {
      Operators.complete(actual);
    } else if (inlet != null) {
      Operators.error(actual, new IllegalStateException("the device already has a subscriber"));
    } else {
      Inlet opened = new Inlet(actual);
      inlet = opened;
      actual.onSubscribe(opened);
    }
  }

  private void onLoop(Runnable action) {
    try {
      loop.execute(action);
    } catch (RejectedExecutionException e) {
      // The loop has terminated and emits nothing more; request and cancel must not throw (Reactive Streams 3.16,
      // 3.15).
    }
  }

  private final class Inlet implements Subscription {

    private final CoreSubscriber<? super Frame> actual;
    private long demand;

    Inlet(CoreSubscriber<? super Frame> actual) {
      this.actual = actual;
    }

    @Override
    public void request(long n) {
      if (loop.inEventLoop()) {
        add(n);
      } else {
        onLoop(() -> add(n));
      }
    }

    private void add(long n) {
      if (inlet != this) {
        return;
      }
      if (n <= 0) {
        inlet = null;
        actual.onError(new IllegalArgumentException("requested " + n + " frames (Reactive Streams rule 3.9)"));
        return;
      }
      boolean first = demand == 0;
      demand = Operators.addCap(demand, n);
      if (first) {
        awaited.run();
      }
    }

    @Override
    public void cancel() {
      if (loop.inEventLoop()) {
        leave();
      } else {
        onLoop(this::leave);
      }
    }

    private void leave() {
      if (inlet == this) {
        inlet = null;
      }
    }
  }
}
