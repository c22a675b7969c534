package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.Frame;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One publisher's frames on their way into a device.
 *
 * <p>Credit is a fixed number of frames, given back as they are written. While the kernel's queue is full, at most that
 * many wait here. Confined to the loop; signals that come from elsewhere are carried over to it in order.
 */
final class Transmission implements CoreSubscriber<Frame>, Subscription {

  /** Frames asked for ahead of the kernel. */
  static final int CREDIT = 64;

  private static final int REPLENISH = CREDIT * 3 / 4;

  private final LinuxDevice device;
  private final CoreSubscriber<? super Void> actual;
  private final Deque<Frame> waiting = new ArrayDeque<>(CREDIT);
  private @Nullable Subscription upstream;
  private int spent;
  private boolean completed;
  private boolean done;

  Transmission(LinuxDevice device, CoreSubscriber<? super Void> actual) {
    this.device = device;
    this.actual = actual;
  }

  CoreSubscriber<? super Void> actual() {
    return actual;
  }

  @Override
  public Context currentContext() {
    return actual.currentContext();
  }

  void begin(Publisher<Frame> frames) {
    actual.onSubscribe(this);
    if (!done) {
      frames.subscribe(this);
    }
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (done) {
      subscription.cancel();
    } else if (Operators.validate(upstream, subscription)) {
      upstream = subscription;
      subscription.request(CREDIT);
    }
  }

  @Override
  public void onNext(Frame frame) {
    if (device.inLoop()) {
      accept(frame);
    } else {
      device.onLoop(() -> accept(frame), refused -> frame.release());
    }
  }

  private void accept(Frame frame) {
    if (done) {
      frame.release();
    } else if (waiting.size() == CREDIT) {
      frame.release();
      stop();
      actual.onError(Exceptions.failWithOverflow("more frames than " + device + " has requested"));
    } else if (!waiting.isEmpty() || !put(frame)) {
      waiting.addLast(frame);
      device.awaitWritable(true);
    }
  }

  /** The kernel's queue has room again. */
  void onWritable() {
    while (!done && !waiting.isEmpty()) {
      // Taken off before it is written: an error while writing releases all that wait.
      Frame frame = waiting.removeFirst();
      if (!put(frame)) {
        waiting.addFirst(frame);
        return;
      }
    }
    if (!done) {
      device.awaitWritable(false);
      completeIfDrained();
    }
  }

  /** Writes and releases {@code frame}, or returns false if the kernel has no room for it now. */
  private boolean put(Frame frame) {
    int length = frame.payload().readableBytes();
    int result = length > device.io().maxFrameBytes() ? -Errno.EMSGSIZE : write(frame.payload(), length);
    if (result == -Errno.EAGAIN) {
      return false;
    }
    frame.release();
    if (result < 0) {
      device.drops().count(reason(-result));
      if (result != -Errno.EMSGSIZE && result != -Errno.EINVAL) {
        device.onError(-result);
      }
    }
    replenish();
    return true;
  }

  private int write(ByteBuf payload, int length) {
    if (payload.hasMemoryAddress()) {
      return device.io().write(payload, payload.readerIndex(), length);
    }
    // Of several parts or on the heap: a copy costs less than describing the parts to the kernel.
    ByteBuf copy = ByteBufAllocator.DEFAULT.directBuffer(length, length);
    try {
      copy.writeBytes(payload, payload.readerIndex(), length);
      return device.io().write(copy, 0, length);
    } finally {
      copy.release();
    }
  }

  private static DeviceDrop reason(int errno) {
    return switch (errno) {
      case Errno.EMSGSIZE -> DeviceDrop.TOO_LONG;
      case Errno.EIO, Errno.ENETDOWN -> DeviceDrop.INTERFACE_DOWN;
      case Errno.ENOBUFS, Errno.ENOMEM -> DeviceDrop.NO_BUFFERS;
      default -> DeviceDrop.REFUSED;
    };
  }

  private void replenish() {
    if (!done && ++spent == REPLENISH) {
      spent = 0;
      Objects.requireNonNull(upstream).request(REPLENISH);
    }
  }

  @Override
  public void onError(Throwable cause) {
    device.onLoop(() -> {
      if (!done) {
        stop();
        actual.onError(cause);
      }
    });
  }

  @Override
  public void onComplete() {
    device.onLoop(() -> {
      completed = true;
      completeIfDrained();
    });
  }

  private void completeIfDrained() {
    if (completed && !done && waiting.isEmpty()) {
      done = true;
      device.forget(this);
      actual.onComplete();
    }
  }

  @Override
  public void request(long n) {
    // A Mono<Void> has nothing to request.
  }

  @Override
  public void cancel() {
    device.onLoop(this::stop);
  }

  /** The device has ended. */
  void end(DeviceException cause) {
    if (!done) {
      stop();
      actual.onError(cause);
    }
  }

  private void stop() {
    if (done) {
      return;
    }
    done = true;
    device.forget(this);
    if (upstream != null) {
      upstream.cancel();
    }
    waiting.forEach(Frame::release);
    waiting.clear();
  }
}
