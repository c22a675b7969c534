package io.reactorstack.device.linux;

import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.Frame;
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
      done = true;
      device.forget(this);
      // Reactive Streams 3.9: a request for nothing is the subscriber's error and is signalled to it.
      actual.onError(Exceptions.nullOrNegativeRequestException(n));
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
    if (result < 0 && !done) {
      device.onError(-result);
    }
    if (!done) {
      device.awaitReadable(demand > 0);
    }
  }

  @Override
  public boolean next(Frame frame) {
    if (done) {
      device.drops().drop(frame, DeviceDrop.CANCELLED);
      return false;
    }
    if (demand != Long.MAX_VALUE) {
      demand--;
    }
    budget--;
    actual.onNext(frame);
    return !done && demand > 0 && budget > 0;
  }

  @Override
  public void truncated() {
    device.drops().count(DeviceDrop.TRUNCATED);
    budget--;
  }

  /** The device has ended. */
  void end(DeviceException cause) {
    if (done) {
      return;
    }
    done = true;
    if (cause.reason() == DeviceException.Reason.CLOSED) {
      actual.onComplete();
    } else {
      actual.onError(cause);
    }
  }
}
