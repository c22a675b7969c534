package io.reactorstack.device.memory;

import io.netty.util.concurrent.EventExecutor;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.Frame;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * The sending side of an in-memory device: a transmit ring with a fixed number of slots. Each slot is free, requested
 * from the publisher, or occupied by a frame that the medium still holds.
 *
 * <p>Confined to the loop.
 */
public final class TransmitPort {

  private final EventExecutor loop;
  private final Consumer<Frame> medium;
  private long free;
  private long requested;
  private @Nullable Outlet outlet;
  private boolean ended;

  /**
   * Creates a port on {@code loop}.
   *
   * @param slots number of frames that the ring holds, at least 1
   * @param medium takes ownership of each frame, and calls {@link #free} once for it, immediately or later
   */
  public TransmitPort(EventExecutor loop, int slots, Consumer<Frame> medium) {
    if (slots < 1) {
      throw new IllegalArgumentException("a ring of " + slots + " frames; at least 1 is needed");
    }
    this.loop = loop;
    this.free = slots;
    this.medium = medium;
  }

  /**
   * Sends the frames of {@code frames}; see {@link io.reactorstack.device.NetworkDevice#send}.
   *
   * <p><b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b>, <b>Cancellation:</b> as for
   * {@code NetworkDevice#send}.
   */
  public Mono<Void> send(Publisher<Frame> frames) {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Void> actual) {
        if (loop.inEventLoop()) {
          open(frames, actual);
          return;
        }
        try {
          loop.execute(() -> open(frames, actual));
        } catch (RejectedExecutionException e) {
          Operators.error(actual, e);
        }
      }
    };
  }

  /** Frees the slots of {@code n} frames that have left the ring, and requests as many new ones. */
  public void free(long n) {
    free += n;
    claim();
  }

  /** Closes the port: cancels the publisher, and fails the current and every later call of {@link #send}. */
  public void close() {
    ended = true;
    Outlet last = outlet;
    outlet = null;
    if (last != null) {
      Objects.requireNonNull(last.upstream).cancel();
      last.actual.onError(closed());
    }
  }

  private void open(Publisher<Frame> frames, CoreSubscriber<? super Void> actual) {
    if (ended) {
      Operators.error(actual, closed());
    } else if (outlet != null) {
      Operators.error(actual, new IllegalStateException("the device already has a publisher"));
    } else {
      frames.subscribe(new Outlet(actual));
    }
  }

  private static DeviceException closed() {
    return new DeviceException(DeviceException.Reason.CLOSED, "the device is closed");
  }

  private void claim() {
    Outlet to = outlet;
    if (to != null && free > 0) {
      long n = free;
      free = 0;
      requested += n;
      Objects.requireNonNull(to.upstream).request(n);
    }
  }

  private final class Outlet implements CoreSubscriber<Frame>, Subscription {

    private final CoreSubscriber<? super Void> actual;
    private @Nullable Subscription upstream;

    Outlet(CoreSubscriber<? super Void> actual) {
      this.actual = actual;
    }

    @Override
    public reactor.util.context.Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      if (!Operators.validate(upstream, subscription)) {
        return;
      }
      upstream = subscription;
      outlet = this;
      actual.onSubscribe(this);
      claim();
    }

    @Override
    public void onNext(Frame frame) {
      if (outlet != this) {
        // The subscription has ended; a publisher may emit frames until it notices the cancellation.
        frame.release();
        return;
      }
      if (requested == 0) {
        frame.release();
        leave();
        Objects.requireNonNull(upstream).cancel();
        actual.onError(Exceptions.failWithOverflow("the publisher emitted more frames than the device has requested"));
        return;
      }
      requested--;
      medium.accept(frame);
    }

    @Override
    public void onError(Throwable cause) {
      if (leave()) {
        actual.onError(cause);
      } else {
        Operators.onErrorDropped(cause, currentContext());
      }
    }

    @Override
    public void onComplete() {
      if (leave()) {
        actual.onComplete();
      }
    }

    @Override
    public void request(long n) {
      // No value is emitted, so demand has no effect here; the free slots decide what is requested from the publisher.
    }

    @Override
    public void cancel() {
      if (!loop.inEventLoop()) {
        try {
          loop.execute(this::cancel);
        } catch (RejectedExecutionException e) {
          // The loop has terminated and sends nothing more; cancel must not throw (Reactive Streams 3.15).
        }
      } else if (leave()) {
        Objects.requireNonNull(upstream).cancel();
      }
    }

    /** Detaches the publisher and frees the slots that were requested from it but not used. */
    private boolean leave() {
      if (outlet != this) {
        return false;
      }
      outlet = null;
      free += requested;
      requested = 0;
      return true;
    }
  }
}
