package io.reactorstack.device.stream;

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
 * One publisher's frames on their way into a stream.
 *
 * <p>Credit is a number of frames that is given anew when the socket has taken all that were there, so that a segment is
 * not built long before it can go. Confined to the loop; signals that come from elsewhere are carried over to it in
 * order.
 */
final class Outbound implements CoreSubscriber<Frame>, Subscription {

  /** Frames asked for ahead of the socket. */
  private static final int CREDIT = 64;
  /** Ethernet header and one VLAN tag: what a frame may have beyond the MTU. */
  private static final int LINK_HEADER = 18;

  private final StreamDevice device;
  private final FrameWriter writer;
  private final CoreSubscriber<? super Void> actual;
  private final Deque<Frame> waiting = new ArrayDeque<>();
  private final int longest;
  private @Nullable Subscription upstream;
  private int spent;
  private boolean completed;
  private boolean done;

  Outbound(StreamDevice device, FrameWriter writer, CoreSubscriber<? super Void> actual) {
    this.device = device;
    this.writer = writer;
    this.actual = actual;
    this.longest = device.capabilities().mtu() + LINK_HEADER;
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
      return;
    }
    if (spent == CREDIT) {
      frame.release();
      stop();
      actual.onError(Exceptions.failWithOverflow("more frames than " + device + " has requested"));
      return;
    }
    spent++;
    if (frame.payload().readableBytes() > longest) {
      device.drops().drop(frame, DeviceDrop.TOO_LONG);
    } else if (waiting.isEmpty() && writer.put(frame.payload())) {
      frame.release();
    } else {
      waiting.addLast(frame);
    }
    device.flushSoon();
  }

  /** Moves frames that wait into the empty writer; returns whether there were any. */
  boolean refill() {
    boolean any = false;
    for (Frame next = waiting.peekFirst(); next != null && writer.put(next.payload()); next = waiting.peekFirst()) {
      waiting.removeFirst().release();
      any = true;
    }
    return any;
  }

  /** The socket has taken all there was. */
  void onDrained() {
    if (completed) {
      completeIfDrained();
    } else if (spent > 0) {
      int n = spent;
      spent = 0;
      Objects.requireNonNull(upstream).request(n);
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
    if (!done && waiting.isEmpty() && writer.isEmpty()) {
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
