package io.reactorstack.device.polled;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoRegistration;
import io.reactorstack.device.Carrier;
import io.reactorstack.device.CarrierState;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Drops;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * A {@link NetworkDevice} whose handle is polled by an event loop: it has one subscriber for received frames and one
 * publisher of frames to send, and closing the device terminates both.
 *
 * <p>Confined to the loop; calls from other threads are moved to it.
 */
public abstract class PolledDevice implements NetworkDevice, IoHandle {

  private final String name;
  private final IoEventLoop loop;
  private final DeviceCapabilities capabilities;
  private final Drops drops = new Drops();
  private final CarrierState carrier = new CarrierState(Carrier.UP);
  private @Nullable Receiving receiving;
  private @Nullable Sending sending;
  private volatile @Nullable DeviceException end;

  protected PolledDevice(String name, IoEventLoop loop, DeviceCapabilities capabilities) {
    this.name = name;
    this.loop = loop;
    this.capabilities = capabilities;
  }

  /** Registers this device with the loop; if that fails, runs {@code otherwise} and throws. */
  protected final IoRegistration register(Runnable otherwise) {
    var registered = loop.register(this);
    if (!registered.isSuccess()) {
      otherwise.run();
      throw new DeviceException(Reason.FAILED, name + " cannot be polled: " + registered.cause());
    }
    return registered.getNow();
  }

  /** Creates the subscription through which {@code actual} receives frames. */
  protected abstract Receiving receiving(CoreSubscriber<? super Frame> actual);

  /** Creates the subscription through which this device sends frames; {@code actual} receives its end. */
  protected abstract Sending sending(CoreSubscriber<? super Void> actual);

  /** Starts or stops waiting for readable data. */
  protected abstract void awaitReadable(boolean wanted);

  /** Called when the publisher has ended and another one may follow. */
  protected abstract void onSendingEnded();

  /** Frees the polled handle; called once. */
  protected abstract void free();

  @Override
  public final DeviceCapabilities capabilities() {
    return capabilities;
  }

  @Override
  public final Drops drops() {
    return drops;
  }

  @Override
  public final Flux<Carrier> carrier() {
    return carrier.flux();
  }

  /** The carrier state of the medium, as far as the device can detect it. */
  protected final CarrierState carrierState() {
    return carrier;
  }

  @Override
  public final Flux<Frame> receive() {
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Frame> actual) {
        onLoop(() -> begin(receiving(actual)), e -> Operators.error(actual, e));
      }
    };
  }

  private void begin(Receiving next) {
    if (receiving != null) {
      Operators.error(next.actual(), new IllegalStateException(name + " already has a subscriber"));
    } else if (end != null) {
      next.actual().onSubscribe(next);
      next.end(end);
    } else {
      receiving = next;
      next.actual().onSubscribe(next);
    }
  }

  @Override
  public final Mono<Void> send(Publisher<Frame> frames) {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Void> actual) {
        onLoop(() -> begin(sending(actual), frames), e -> Operators.error(actual, e));
      }
    };
  }

  private void begin(Sending next, Publisher<Frame> frames) {
    if (sending != null) {
      Operators.error(next.actual(), new IllegalStateException(name + " already has a publisher"));
    } else if (end != null) {
      Operators.error(next.actual(), end);
    } else {
      sending = next;
      next.begin(frames);
    }
  }

  void forget(Receiving ended) {
    if (ended.equals(receiving)) {
      receiving = null;
      awaitReadable(false);
    }
  }

  void forget(Sending ended) {
    if (ended.equals(sending)) {
      sending = null;
      onSendingEnded();
    }
  }

  /** Called by a subclass when the handle is readable. */
  protected final void onReadable() {
    if (receiving != null) {
      receiving.onReadable();
    }
  }

  /** Called by a subclass when the handle is writable. */
  protected final void onWritable() {
    if (sending != null) {
      sending.onWritable();
    }
  }

  @Override
  public final void dispose() {
    onLoop(() -> end(closed()), e -> {
      // The loop has terminated, and it closed this device before that.
    });
  }

  @Override
  public final boolean isDisposed() { return end != null; }

  /** Called when the loop shuts down. */
  @Override
  public final void close() {
    end(closed());
  }

  private DeviceException closed() {
    return new DeviceException(Reason.CLOSED, name + " is closed");
  }

  /** Closes this device because the interface or peer behind it is gone. */
  protected final void endAsGone(String why) {
    end(new DeviceException(Reason.GONE, name + " is gone: " + why));
  }

  /** Closes this device because the interface or peer behind it does not work correctly. */
  protected final void endAsFailed(String why) {
    end(new DeviceException(Reason.FAILED, name + " failed: " + why));
  }

  /**
   * Frees the handle, then ends both directions: a disposal completes the receiver and fails the sender, a failure
   * fails both.
   */
  private void end(DeviceException cause) {
    if (end != null) {
      return;
    }
    end = cause;
    free();
    Receiving toEnd = receiving;
    Sending alsoToEnd = sending;
    receiving = null;
    sending = null;
    if (toEnd != null) {
      toEnd.end(cause);
    }
    if (alsoToEnd != null) {
      alsoToEnd.end(cause);
    }
    carrier.end();
  }

  protected final IoEventLoop loop() {
    return loop;
  }

  final boolean inLoop() {
    return loop.inEventLoop();
  }

  /** Runs {@code action} on the loop, immediately if the caller is on it; does nothing if the loop has terminated. */
  final void onLoop(Runnable action) {
    onLoop(action, e -> {
    });
  }

  final void onLoop(Runnable action, Consumer<RejectedExecutionException> refused) {
    if (loop.inEventLoop()) {
      action.run();
      return;
    }
    try {
      loop.execute(action);
    } catch (RejectedExecutionException e) {
      refused.accept(e);
    }
  }

  /** The loop's time, in nanoseconds. */
  public final long now() {
    return loop.ticker().nanoTime();
  }

  @Override
  public final String toString() {
    return name;
  }
}
