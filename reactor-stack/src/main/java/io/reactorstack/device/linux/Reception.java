package io.reactorstack.device.linux;

import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.Frame;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;

/** One subscription to the frames of a device: reads while there is demand. Confined to the loop. */
final class Reception implements Subscription, FrameIo.Sink {

  /** Frames read at most before the loop's tasks, and with them the acknowledgements, have their turn. */
  private static final int BATCH = 64;

  private final LinuxDevice device;
  private final CoreSubscriber<? super Frame> actual;
  private long demand;
  private int budget;
  private boolean reading;
  private boolean done;
  private @Nullable Runnable lastSignal;

  Reception(LinuxDevice device, CoreSubscriber<? super Frame> actual) {
    this.device = device;
    this.actual = actual;
  }

  CoreSubscriber<? super Frame> actual() {
    return actual;
  }

  @Override
  public void request(long n) {
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
      // Reactive Streams 3.9: a request for nothing is the subscriber's error and is signalled to it.
      finish(() -> actual.onError(Exceptions.nullOrNegativeRequestException(n)));
      return;
    }
    demand = Operators.addCap(demand, n);
    if (!reading) {
      device.awaitReadable(true);
    }
  }

  @Override
  public void cancel() {
    if (device.inLoop()) {
      onCancel();
    } else {
      device.onLoop(this::onCancel);
    }
  }

  private void onCancel() {
    lastSignal = null;
    if (!done) {
      done = true;
      device.forget(this);
    }
  }

  void onReadable() {
    if (demand == 0) {
      device.awaitReadable(false);
      return;
    }
    reading = true;
    budget = BATCH;
    int result;
    try {
      result = device.io().read(device.now(), this);
    } finally {
      reading = false;
    }
    if (lastSignal != null) {
      lastSignal.run();
    } else if (!done) {
      device.awaitReadable(demand > 0);
      if (result < 0) {
        device.onError(-result);
      }
    }
  }

  @Override
  public int room() {
    return done ? 0 : (int) Math.min(demand, budget);
  }

  @Override
  public void next(Frame frame) {
    if (done) {
      device.drops().drop(frame, DeviceDrop.CANCELLED);
      return;
    }
    if (demand != Long.MAX_VALUE) {
      demand--;
    }
    budget--;
    actual.onNext(frame);
  }

  @Override
  public void truncated() {
    device.drops().count(DeviceDrop.TRUNCATED);
    budget--;
  }

  /** The device has ended. */
  void end(DeviceException cause) {
    finish(cause.reason() == DeviceException.Reason.CLOSED ? actual::onComplete : () -> actual.onError(cause));
  }

  /** Signals the end, but to a subscriber that is just taking a frame only afterwards (Reactive Streams 1.3). */
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
