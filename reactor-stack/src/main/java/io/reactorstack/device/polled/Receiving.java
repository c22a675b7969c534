package io.reactorstack.device.polled;

import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.Frame;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;

/** One subscription to the received frames of a device; reads while the subscriber has demand. Confined to the loop. */
public abstract class Receiving implements Subscription {

  /** Upper limit on frames read in one batch, before the loop runs its tasks and sends acknowledgements. */
  protected static final int BATCH = 64;

  private final PolledDevice device;
  private final CoreSubscriber<? super Frame> actual;
  private long demand;
  private boolean reading;
  private boolean done;
  private @Nullable Runnable lastSignal;

  protected Receiving(PolledDevice device, CoreSubscriber<? super Frame> actual) {
    this.device = device;
    this.actual = actual;
  }

  /** Reads and emits at most {@link #BATCH} frames, and no more than {@link #demand} returns. */
  protected abstract void read();

  /**
   * Schedules the next read if there is demand, or stops waiting for readable data; called after each request and each
   * read.
   */
  protected abstract void goOn();

  /** The number of frames that the subscriber has requested and not received; 0 once it has ended. */
  protected final long demand() {
    return done ? 0 : demand;
  }

  protected final void emit(Frame frame) {
    if (done) {
      device.drops().drop(frame, DeviceDrop.CANCELLED);
      return;
    }
    if (demand != Long.MAX_VALUE) {
      demand--;
    }
    actual.onNext(frame);
  }

  protected final void onReadable() {
    if (demand() == 0) {
      device.awaitReadable(false);
      return;
    }
    reading = true;
    try {
      read();
    } catch (VirtualMachineError e) {
      // No memory is available for a frame: the medium keeps its frames until a later read succeeds.
      device.drops().count(DeviceDrop.NO_MEMORY);
    } finally {
      reading = false;
    }
    if (lastSignal != null) {
      lastSignal.run();
    } else if (!done) {
      goOn();
    }
  }

  final CoreSubscriber<? super Frame> actual() {
    return actual;
  }

  @Override
  public final void request(long n) {
    if (device.inLoop()) {
      onRequest(n);
    } else {
      device.onLoop(() -> onRequest(n));
    }
  }

  private void onRequest(long n) {
    if (done) {
      return;
    }
    if (n <= 0) {
      device.forget(this);
      // Reactive Streams 3.9: a request that is not positive fails the subscriber with onError.
      finish(() -> actual.onError(Exceptions.nullOrNegativeRequestException(n)));
      return;
    }
    demand = Operators.addCap(demand, n);
    if (!reading) {
      goOn();
    }
  }

  @Override
  public final void cancel() {
    device.onLoop(() -> {
      lastSignal = null;
      if (!done) {
        done = true;
        device.forget(this);
      }
    });
  }

  /** Terminates the subscriber because the device was closed or has failed. */
  final void end(DeviceException cause) {
    finish(cause.reason() == DeviceException.Reason.CLOSED ? actual::onComplete : () -> actual.onError(cause));
  }

  /** Signals the end; if the subscriber is processing a frame, only after that (Reactive Streams 1.3). */
  private void finish(Runnable signal) {
    if (done) {
      return;
    }
    done = true;
    if (reading) {
      lastSignal = signal;
    } else {
      signal.run();
    }
  }
}
