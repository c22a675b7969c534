package io.reactorstack.device;

import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.Offload;
import io.reactorstack.packet.PacketFacts;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * The loopback device of a host: each frame that is sent is received in the next turn of the loop.
 *
 * <p>It requests at most {@link #CREDIT} frames ahead of delivery and therefore holds no more. It copies no frame, and
 * drops one only if it is longer than the MTU or has no receiver. Confined to the loop of its turn.
 */
public final class LoopbackDevice implements NetworkDevice {

  /** Upper limit on the frames that are sent but not yet delivered. */
  public static final int CREDIT = 256;

  private final LoopTurn turn;
  private final DeviceCapabilities capabilities;
  private final Deque<Frame> underWay = new ArrayDeque<>();
  private @Nullable Receiver receiver;
  private @Nullable Sender sender;
  private final Drops drops = new Drops();
  private boolean scheduled;
  private boolean disposed;

  /** Creates a loopback device for packets of up to {@code mtu} bytes, on the loop of {@code turn}. */
  public LoopbackDevice(LoopTurn turn, int mtu) {
    this.turn = turn;
    this.capabilities = new DeviceCapabilities(DeviceCapabilities.Medium.IP, mtu, null, Offload.NONE);
  }

  @Override
  public DeviceCapabilities capabilities() {
    return capabilities;
  }

  @Override
  public Drops drops() {
    return drops;
  }

  @Override
  public Flux<Frame> receive() {
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Frame> actual) {
        if (disposed) {
          Operators.complete(actual);
          return;
        }
        if (receiver != null) {
          Operators.error(actual, new IllegalStateException("the loopback already has a receiver"));
          return;
        }
        Receiver next = new Receiver(actual);
        receiver = next;
        actual.onSubscribe(next);
      }
    };
  }

  @Override
  public Mono<Void> send(Publisher<Frame> frames) {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Void> actual) {
        if (disposed) {
          Operators.error(actual, closed());
          return;
        }
        if (sender != null) {
          Operators.error(actual, new IllegalStateException("the loopback already has a publisher"));
          return;
        }
        Sender next = new Sender(actual);
        sender = next;
        frames.subscribe(next);
      }
    };
  }

  /** Closes the device and releases the frames that are not yet delivered. */
  @Override
  public void dispose() {
    if (disposed) {
      return;
    }
    disposed = true;
    underWay.forEach(Frame::release);
    underWay.clear();
    if (sender != null) {
      sender.fail(closed());
    }
    if (receiver != null) {
      receiver.actual.onComplete();
    }
  }

  private static DeviceException closed() {
    return new DeviceException(DeviceException.Reason.CLOSED, "the loopback is closed");
  }

  @Override
  public boolean isDisposed() {
    return disposed;
  }

  private void schedule() {
    if (!scheduled) {
      turn.dirty(this::deliver);
      scheduled = true;
    }
  }

  private void deliver() {
    scheduled = false;
    int delivered = 0;
    // Frames that are sent in response to these wait for the next turn, which bounds the length of a turn.
    for (int n = underWay.size(); n > 0 && receiver != null && receiver.demand > 0; n--) {
      Frame frame = underWay.removeFirst();
      delivered++;
      receiver.emit(frame);
    }
    if (sender != null && delivered > 0) {
      sender.replenish(delivered);
    }
    if (!underWay.isEmpty() && receiver != null && receiver.demand > 0) {
      schedule();
    }
  }

  private final class Receiver implements Subscription {

    private final CoreSubscriber<? super Frame> actual;
    private long demand;

    Receiver(CoreSubscriber<? super Frame> actual) {
      this.actual = actual;
    }

    void emit(Frame frame) {
      if (demand != Long.MAX_VALUE) {
        demand--;
      }
      // Memory does not corrupt data, so the checksum needs no verification.
      actual.onNext(
          new Frame(
              frame.payload(),
              new PacketFacts(turn.now(), PacketFacts.ChecksumState.VERIFIED, frame.facts().segmentSize())));
    }

    @Override
    public void request(long n) {
      if (receiver != this) {
        return;
      }
      if (n <= 0) {
        // Reactive Streams 3.9: a request that is not positive fails the subscriber with onError.
        cancel();
        actual.onError(Exceptions.nullOrNegativeRequestException(n));
        return;
      }
      demand = Operators.addCap(demand, n);
      if (!underWay.isEmpty()) {
        schedule();
      }
    }

    @Override
    public void cancel() {
      if (receiver == this) {
        receiver = null;
        underWay.forEach(Frame::release);
        underWay.clear();
      }
    }
  }

  private final class Sender implements CoreSubscriber<Frame>, Subscription {

    private final CoreSubscriber<? super Void> actual;
    private @Nullable Subscription upstream;

    Sender(CoreSubscriber<? super Void> actual) {
      this.actual = actual;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      upstream = subscription;
      actual.onSubscribe(this);
      subscription.request(CREDIT);
    }

    @Override
    public void onNext(Frame frame) {
      if (receiver == null || frame.payload().readableBytes() > capabilities.mtu()) {
        drops.drop(frame, receiver == null ? DeviceDrop.CANCELLED : DeviceDrop.TOO_LONG);
        replenish(1);
        return;
      }
      underWay.addLast(frame);
      schedule();
    }

    void replenish(int frames) {
      if (upstream != null) {
        upstream.request(frames);
      }
    }

    void fail(Throwable cause) {
      if (upstream != null) {
        upstream.cancel();
      }
      onError(cause);
    }

    @Override
    public void onError(Throwable cause) {
      if (sender == this) {
        sender = null;
        actual.onError(cause);
      }
    }

    @Override
    public void onComplete() {
      if (sender == this) {
        sender = null;
        actual.onComplete();
      }
    }

    @Override
    public void request(long n) {
      // A Mono<Void> emits no value.
    }

    @Override
    public void cancel() {
      if (sender == this && upstream != null) {
        sender = null;
        upstream.cancel();
      }
    }
  }
}
