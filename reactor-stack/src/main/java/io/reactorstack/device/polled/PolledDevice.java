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
 * A handle that a loop polls, as a {@link NetworkDevice}: one subscriber receives, one publisher is sent, and both end
 * with the device.
 *
 * <p>Confined to the loop, which every call from elsewhere is carried over to.
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

  /** Has the loop poll this device, or runs {@code otherwise} and throws. */
  protected final IoRegistration register(Runnable otherwise) {
    var registered = loop.register(this);
    if (!registered.isSuccess()) {
      otherwise.run();
      throw new DeviceException(Reason.FAILED, name + " cannot be polled: " + registered.cause());
    }
    return registered.getNow();
  }

  /** A subscription to what this device receives. */
  protected abstract Receiving receiving(CoreSubscriber<? super Frame> actual);

  /** A subscription of this device to what it shall send. */
  protected abstract Sending sending(CoreSubscriber<? super Void> actual);

  /** Whether the loop shall say when there is something to read. */
  protected abstract void awaitReadable(boolean wanted);

  /** Nothing is sent any more, until another publisher comes. */
  protected abstract void onSendingEnded();

  /** Frees what is polled; called once. */
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

  /** The medium's carrier as far as it is known. */
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
      Operators.error(next.actual(), new IllegalStateException(name + " has a subscriber"));
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
      Operators.error(next.actual(), new IllegalStateException(name + " is being sent to"));
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

  /** There is something to read. */
  protected final void onReadable() {
    if (receiving != null) {
      receiving.onReadable();
    }
  }

  /** There is room to write. */
  protected final void onWritable() {
    if (sending != null) {
      sending.onWritable();
    }
  }

  @Override
  public final void dispose() {
    onLoop(() -> end(closed()), e -> {
      // The loop is gone; it closed this device when it went.
    });
  }

  @Override
  public final boolean isDisposed() { return end != null; }

  /** The loop shuts down. */
  @Override
  public final void close() {
    end(closed());
  }

  private DeviceException closed() {
    return new DeviceException(Reason.CLOSED, name + " is closed");
  }

  /** The polled device is there no more. */
  protected final void endAsGone(String why) {
    end(new DeviceException(Reason.GONE, name + " is gone: " + why));
  }

  /** The polled device does not work as it should. */
  protected final void endAsFailed(String why) {
    end(new DeviceException(Reason.FAILED, name + " failed: " + why));
  }

  /** Frees the handle, then ends both directions; a disposal completes what a failure errs. */
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

  /** Runs {@code action} on the loop, at once if this is the loop; nothing happens on one that has ended. */
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
