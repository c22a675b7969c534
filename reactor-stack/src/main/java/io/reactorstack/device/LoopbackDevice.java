package io.reactorstack.device;

import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.PacketFacts;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * The device through which a host talks to itself: what is sent comes back in the next turn of the loop.
 *
 * <p>It holds at most {@link #CREDIT} frames, since it asks for no more; none is ever lost, and none is copied. Confined
 * to the loop of its turn.
 */
public final class LoopbackDevice implements NetworkDevice {

  /** Most frames under way. */
  public static final int CREDIT = 256;

  private final LoopTurn turn;
  private final DeviceCapabilities capabilities;
  private final Deque<Frame> underWay = new ArrayDeque<>();
  private @Nullable Receiver receiver;
  private @Nullable Sender sender;
  private final Drops drops = new Drops();
  private boolean scheduled;
  private boolean disposed;

  /** A loopback of packets up to {@code mtu} bytes on {@code turn}'s loop. */
  public LoopbackDevice(LoopTurn turn, int mtu) {
    this.turn = turn;
    this.capabilities = new DeviceCapabilities(DeviceCapabilities.Medium.IP, mtu, null, true, false);
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
        if (receiver != null || disposed) {
          Operators.error(actual, new IllegalStateException("the loopback has a receiver or is closed"));
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
        if (sender != null || disposed) {
          Operators.error(actual, new IllegalStateException("the loopback has a sender or is closed"));
          return;
        }
        Sender next = new Sender(actual);
        sender = next;
        frames.subscribe(next);
      }
    };
  }

  /** The frames under way are released. */
  @Override
  public void dispose() {
    if (disposed) {
      return;
    }
    disposed = true;
    underWay.forEach(Frame::release);
    underWay.clear();
    if (sender != null) {
      sender.fail(new DeviceException(DeviceException.Reason.CLOSED, "the loopback is closed"));
    }
    if (receiver != null) {
      receiver.actual.onComplete();
    }
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
    // What these frames cause to be sent is for the next turn, so that a turn always ends.
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
      // Memory needs no checksum: what was written is what is read.
      actual.onNext(
          new Frame(
              frame.payload(),
              new PacketFacts(turn.now(), PacketFacts.ChecksumState.VERIFIED, frame.facts().segmentSize())));
    }

    @Override
    public void request(long n) {
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
      // A Mono<Void> signals only its end.
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
